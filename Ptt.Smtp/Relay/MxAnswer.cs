using Ptt.Dns;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>Who takes the mail of a domain.</summary>
public abstract record MxAnswer
{
    /// <summary>By preference, equal ones shuffled. <paramref name="Authenticated"/>: DNSSEC vouches for the list (RFC 7672 §2.2.1).</summary>
    public sealed record Hosts(IReadOnlyList<MxHost> InOrder, bool Authenticated) : MxAnswer;

    /// <summary>Nobody: for good (5yz) or for now (4yz).</summary>
    public sealed record Nobody(Reply Reply) : MxAnswer;
}

/// <summary><paramref name="Implicit"/>: the domain has no MX record, and its own address counts as one (RFC 5321 §5.1).</summary>
public sealed record MxHost(DomainName Name, int Preference, bool Implicit = false);
