using Ptt.Web.Keys.Rings;

namespace Ptt.Web.Keys.Rotation;

/// <summary>One thing to do for a ring. Each can be done again after a crash in its midst.</summary>
internal abstract record KeyStep
{
    public sealed record Generate(KeyKind Kind) : KeyStep;

    /// <summary>Make the private key that was announced.</summary>
    public sealed record Make(KeyEntry Key) : KeyStep;

    public sealed record Publish(KeyEntry Key) : KeyStep;

    /// <summary>Ask every authoritative server for the record of a key that waits.</summary>
    public sealed record Prove(KeyEntry Key) : KeyStep;

    /// <summary>Ask again for a key in use.</summary>
    public sealed record Check(KeyEntry Key) : KeyStep;

    /// <summary>The standby key takes over from the active one, if there is one.</summary>
    public sealed record Activate(KeyEntry Key, string Why) : KeyStep;

    /// <summary>The record gets the TTL that its state asks for.</summary>
    public sealed record Retime(KeyEntry Key) : KeyStep;

    /// <summary>It is not wanted any more: its algorithm is not configured, or the domain is not ours.</summary>
    public sealed record Retire(KeyEntry Key, string Why) : KeyStep;

    public sealed record Revoke(KeyEntry Key) : KeyStep;

    public sealed record Remove(KeyEntry Key) : KeyStep;

    /// <summary>A zone that is no longer ours has refused our changes for long enough.</summary>
    public sealed record LetGo(KeyEntry Key) : KeyStep;
}
