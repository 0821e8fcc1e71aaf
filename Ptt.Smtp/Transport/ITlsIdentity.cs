using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Ptt.Smtp.Transport;

/// <summary>Which certificate we show. Whoever keeps certificates implements it and may change the answer at any time; running sessions keep theirs.</summary>
public interface ITlsIdentity
{
    /// <summary>For the name of SNI (RFC 6066 §3), which may be missing. The same object as long as the certificate is the same, so that sessions resume.</summary>
    SslServerAuthenticationOptions For(string? serverName);
}

/// <summary>What came out of a handshake.</summary>
public sealed record TlsFacts
{
    /// <summary>As the Received field and the log show it: <c>TLSv1.3 TLS_AES_256_GCM_SHA384</c>.</summary>
    public required string Description { get; init; }

    public required bool IsTls13 { get; init; }

    /// <summary>What the client asked for by SNI.</summary>
    public string? ServerName { get; init; }

    /// <summary>Our own; for channel binding.</summary>
    public X509Certificate2? ServerCertificate { get; init; }

    /// <summary>The client's, verified as the identity's options say; null when none was asked for or shown.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>32 octets of RFC 9266 (tls-exporter), TLS 1.3 only; null where the platform does not give them.</summary>
    public ReadOnlyMemory<byte>? Exporter { get; init; }
}
