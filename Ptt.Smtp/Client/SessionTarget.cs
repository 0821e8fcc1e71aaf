using System.Net;

namespace Ptt.Smtp.Client;

/// <summary>A host to speak to, at one address, under one TLS policy. Sessions are kept and reused by exactly this.</summary>
public sealed record SessionTarget(string Host, IPEndPoint EndPoint, TlsPolicy Tls)
{
    /// <summary>An administrator named this host (a route, the next role): its address is not checked.</summary>
    public bool Trusted { get; init; }

    /// <summary>A machine of ours, which may know more of a message than others.</summary>
    public bool IsOurs { get; init; }

    public ClientCredentials? Credentials { get; init; }

    /// <summary>The local address to send from; null leaves it to the routing table.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Said in EHLO instead of our usual name, for a source address with a name of its own.</summary>
    public string? HeloName { get; init; }

    internal SessionKey Key => new(Host, EndPoint, Tls.Key, Source, Credentials?.UserName);
}

/// <summary>For a smart host that wants us to log in (RFC 4954). Only ever sent under TLS.</summary>
public sealed record ClientCredentials(string UserName, string Password)
{
    public override string ToString() => $"{UserName}:***";
}

internal readonly record struct SessionKey(string Host, IPEndPoint EndPoint, string Tls, IPAddress? Source, string? UserName);
