using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ptt.Tests.Support;

/// <summary>Certificates for tests: an authority, and what it vouches for.</summary>
internal static class Certificates
{
    public static X509Certificate2 Authority(string name = "Test Authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return Usable(request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-1), DateTimeOffset.UtcNow.AddYears(5)));
    }

    /// <summary>An authority under another one.</summary>
    public static X509Certificate2 Intermediate(X509Certificate2 issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test Intermediate", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using X509Certificate2 issued = request.Create(issuer, DateTimeOffset.UtcNow.AddDays(-90), DateTimeOffset.UtcNow.AddYears(1), RandomNumberGenerator.GetBytes(12));
        return Usable(issued.CopyWithPrivateKey(key));
    }

    /// <summary>Self-signed when there is no <paramref name="issuer"/>.</summary>
    public static X509Certificate2 Server(string name, X509Certificate2? issuer = null, bool expired = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, false));
        DateTimeOffset from = DateTimeOffset.UtcNow.AddDays(-60), to = DateTimeOffset.UtcNow.AddDays(expired ? -1 : 60);
        if (issuer is null)
        {
            return Usable(request.CreateSelfSigned(from, to));
        }

        using X509Certificate2 issued = request.Create(issuer, from, to, RandomNumberGenerator.GetBytes(12));
        return Usable(issued.CopyWithPrivateKey(key));
    }

    /// <summary>SslStream wants a key that was imported.</summary>
    private static X509Certificate2 Usable(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
}
