using System.Net;
using Ptt.Dns;
using Ptt.Smtp.Client;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>A host that a delivery may go to.</summary>
public sealed record NextHost(string Name, int Port)
{
    /// <summary>Set where addresses come from DNS; null for a route's host and an address literal.</summary>
    public DomainName? Domain { get; init; }

    /// <summary>The address itself, for an address literal.</summary>
    public IPAddress? Literal { get; init; }

    /// <summary>An administrator named it.</summary>
    public bool Trusted { get; init; }

    public bool Implicit { get; init; }

    /// <summary>DNSSEC vouches for the MX record that named it.</summary>
    public bool Authenticated { get; init; }

    public ClientCredentials? Credentials { get; init; }
}

/// <summary>Where a delivery goes.</summary>
public abstract record NextHosts
{
    /// <summary>In the order to try them. <paramref name="Via"/>: route, reroute, literal or mx, for the explanation.</summary>
    public sealed record Found(IReadOnlyList<NextHost> InOrder, string Via) : NextHosts;

    public sealed record None(Reply Reply, string Via) : NextHosts;
}
