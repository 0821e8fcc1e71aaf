using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Server;

/// <summary>What the session does about a command: all that <see cref="Dialogue"/> decides.</summary>
internal abstract record Step
{
    public sealed record Say(Reply Reply) : Step;

    /// <summary>Say it, flush, and close.</summary>
    public sealed record Close(Reply Reply) : Step;

    public sealed record StartTls : Step;

    public sealed record Authenticate(SmtpCommand.Auth Command) : Step;

    /// <summary>354, then message data.</summary>
    public sealed record ReceiveData : Step;

    public sealed record ReceiveChunk(SmtpCommand.Bdat Command) : Step;

    /// <summary>RFC 3030 §2: the octets of a chunk come whatever we say; they are read past, then refused.</summary>
    public sealed record DiscardChunk(long Size, Reply Reply) : Step;
}
