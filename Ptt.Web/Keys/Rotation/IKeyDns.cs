using Ptt.Dns;
using Ptt.Web.Keys.Rings;

namespace Ptt.Web.Keys.Rotation;

/// <summary>What keys ask of DNS. A record is its text; null is no record.</summary>
internal interface IKeyDns
{
    /// <summary>Makes the name show <paramref name="wanted"/> if it shows <paramref name="previous"/> or already what is wanted; anything else is left alone.</summary>
    ValueTask<KeyUpdate> SetAsync(DomainName name, string? wanted, string? previous, TimeSpan ttl, CancellationToken cancellationToken);

    /// <summary>Asks every authoritative server, every address of it, past all caches.</summary>
    ValueTask<KeyProof> ProbeAsync(DomainName name, string? expected, CancellationToken cancellationToken);
}

/// <summary>What came of a change; the texts are for the administrator.</summary>
internal abstract record KeyUpdate
{
    public sealed record Done : KeyUpdate;

    /// <summary>No update key is configured: a person must enter it.</summary>
    public sealed record Manual(string Reason) : KeyUpdate;

    public abstract record NotDone(string Explanation) : KeyUpdate;

    /// <summary>Someone else wrote there; nothing was changed.</summary>
    public sealed record Drift(string Explanation) : NotDone(Explanation);

    public sealed record Failed(string Explanation) : NotDone(Explanation);
}

internal sealed record KeyProof(KeyEvidence Evidence, TimeSpan NegativeTtl)
{
    public bool Agreed => Evidence.Agreed;

    /// <summary>What a key in use suffers from, if this is what the servers say. A server that cannot be asked proves nothing.</summary>
    public KeyFault Fault => Evidence.Servers.Any(s => s.Verdict == "differs") ? KeyFault.Changed
        : Evidence.Servers.Any(s => s.Verdict == "lacks") ? KeyFault.Vanished : KeyFault.None;

    /// <summary>Every server was asked and none has any record there.</summary>
    public bool IsAbsent => Evidence.Servers.Count > 0 && Evidence.Servers.All(s => s.Verdict == "lacks" || (s.Verdict == "shows" && s.Text is null));

    /// <summary>For whom we wait, and why.</summary>
    public string Laggards => Evidence.Servers.Count == 0 ? "No name server could be found."
        : string.Join(" ", Evidence.Servers.Where(s => s.Verdict != "shows").Select(s => $"{s.Text}."));
}
