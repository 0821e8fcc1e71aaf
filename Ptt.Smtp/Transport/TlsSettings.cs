using System.Net.Security;
using System.Security.Authentication;

namespace Ptt.Smtp.Transport;

/// <summary>What TLS we speak as a server: 1.2 and 1.3, forward secrecy and AEAD only, no renegotiation (RFC 9325).</summary>
public static class TlsSettings
{
    private static readonly CipherSuitesPolicy Ciphers = new(
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]);

    /// <summary>Without <paramref name="protocols"/> no ALPN is spoken, and what a client offers is ignored.</summary>
    public static SslServerAuthenticationOptions Server(SslStreamCertificateContext certificate, params SslApplicationProtocol[] protocols) => new()
    {
        ServerCertificateContext = certificate,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = OperatingSystem.IsLinux() ? Ciphers : null,
        AllowRenegotiation = false,
        EncryptionPolicy = EncryptionPolicy.RequireEncryption,
        ApplicationProtocols = protocols.Length == 0 ? null : [.. protocols],
    };
}
