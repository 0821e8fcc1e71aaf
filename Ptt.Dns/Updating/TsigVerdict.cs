using Ptt.Dns.Messages;

namespace Ptt.Dns.Updating;

/// <summary>What a server makes of a request's signature (RFC 8945 §5.2).</summary>
public abstract record TsigVerdict
{
    public sealed record Unsigned : TsigVerdict;

    /// <summary>FORMERR: cut, doubled or not at the end.</summary>
    public sealed record Malformed : TsigVerdict;

    public sealed record Valid(TsigKey Key, byte[] Mac, DateTimeOffset Signed) : TsigVerdict;

    /// <summary>The secret is right and a clock is not.</summary>
    public sealed record BadTime(TsigKey Key, byte[] Mac, DateTimeOffset TheirTime) : TsigVerdict;

    /// <summary>BADKEY or BADSIG.</summary>
    public sealed record Rejected(ResponseCode Error, DomainName KeyName, DomainName Algorithm) : TsigVerdict;
}

internal enum TsigReplyState
{
    /// <summary>No TSIG, or one without a MAC: whoever is on the path may have written it.</summary>
    Unsigned,
    Signed,
    Forged,
}

internal sealed record TsigReply(TsigReplyState State, TsigRecord? Record);
