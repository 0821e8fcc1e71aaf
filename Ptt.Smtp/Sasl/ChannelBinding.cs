using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ptt.Smtp.Transport;

namespace Ptt.Smtp.Sasl;

/// <summary>What ties a SCRAM exchange to the TLS session it runs in: tls-exporter (RFC 9266, TLS 1.3) and tls-server-end-point (RFC 5929 §4).</summary>
internal static class ChannelBinding
{
    /// <summary>Null for a type that this session does not have.</summary>
    public static ReadOnlyMemory<byte>? Of(string type, TlsFacts tls) => type switch
    {
        "tls-exporter" => tls.Exporter,
        "tls-server-end-point" => tls.ServerCertificate is { } certificate ? EndPoint(certificate) : null,
        _ => null,                                                         // tls-unique is broken before TLS 1.3 and undefined in it
    };

    // RFC 5929 §4.1: the hash of the certificate's own signature; SHA-256 where that is MD5 or SHA-1.
    private static byte[] EndPoint(X509Certificate2 certificate) => certificate.SignatureAlgorithm.Value switch
    {
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => SHA384.HashData(certificate.RawDataMemory.Span),
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => SHA512.HashData(certificate.RawDataMemory.Span),
        _ => SHA256.HashData(certificate.RawDataMemory.Span),
    };
}
