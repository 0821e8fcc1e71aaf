using Ptt.Smtp.Client;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay.Security;

/// <summary>What TLS a host must show, or why no mail may go to it now.</summary>
public abstract record TlsDecision
{
    /// <summary>What the domain publishes by MTA-STS; null where nobody had to ask.</summary>
    public StsAnswer? Sts { get; init; }

    public sealed record Use(TlsPolicy Policy) : TlsDecision
    {
        /// <summary>What is wrong with what the domain publishes and stops nothing: for its report.</summary>
        public TlsResult? Fault { get; init; }
    }

    /// <summary>The host is passed over: DNS about its TLSA records is bogus, or a policy does not name it.</summary>
    public sealed record Skip(Reply Reply, string DecidedBy, TlsResult Result) : TlsDecision;
}
