using System.Security.Cryptography.X509Certificates;

namespace Ptt.Smtp.Client;

/// <summary>How much TLS a host must show before mail goes to it.</summary>
public enum TlsDemand
{
    /// <summary>Never asked for.</summary>
    None,

    /// <summary>Used when offered; any certificate will do (RFC 7435).</summary>
    Opportunistic,

    /// <summary>Required; any certificate will do.</summary>
    Encrypted,

    /// <summary>Required, with a certificate for <see cref="TlsPolicy.Names"/> that our trust anchors vouch for.</summary>
    Verified,

    /// <summary>Required, with a certificate that a TLSA record vouches for (RFC 7672).</summary>
    Dane,
}

/// <summary>What is demanded of a host, and which rule demands it: opportunistic, dane, mta-sts, requiretls, route, none.</summary>
public sealed record TlsPolicy(TlsDemand Demand, string DecidedBy)
{
    public static readonly TlsPolicy None = new(TlsDemand.None, "none");

    public static readonly TlsPolicy Opportunistic = new(TlsDemand.Opportunistic, "opportunistic");

    /// <summary>TLS from the first octet (RFC 8314 §3.3) instead of STARTTLS.</summary>
    public bool Implicit { get; init; }

    /// <summary>Any of these names in the certificate is right; <c>*.example.org</c> stands for one label (RFC 8461 §4.1).</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    public IReadOnlyList<Ptt.Dns.Messages.RecordData.Tlsa> Tlsa { get; init; } = [];

    /// <summary>Trusted instead of the system's certificate authorities; null: the system's.</summary>
    public X509Certificate2Collection? TrustAnchors { get; init; }

    /// <summary>Shown to a server that asks (role to role).</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>What <see cref="Names"/> and the anchors would demand is looked at and reported, and stops nothing (RFC 8461 §5).</summary>
    public bool Testing { get; init; }

    public bool IsRequired => Demand > TlsDemand.Opportunistic;

    /// <summary>Sessions opened under one policy never carry mail under another.</summary>
    internal string Key => _key ??= string.Join('|', Demand, DecidedBy, Implicit, Testing, string.Join(',', Names),
        string.Join(',', Tlsa.Select(t => $"{t.Usage}{t.Selector}{t.Matching}{Convert.ToHexString(t.Association.Span)}")),
        ClientCertificate?.Thumbprint);

    private string? _key;
}
