using Ptt.Smtp.Client;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay.Security;

/// <summary>What TLS a host must show, or why no mail may go to it now.</summary>
public abstract record TlsDecision
{
    public sealed record Use(TlsPolicy Policy) : TlsDecision;

    /// <summary>The host is passed over: DNS about its TLSA records is bogus, or a policy does not name it.</summary>
    public sealed record Skip(Reply Reply, string DecidedBy) : TlsDecision;
}
