using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ptt.Smtp.Transport;

namespace Ptt.Tests.Support;

/// <summary>A self-signed P-256 certificate for all tests, with the TLS settings of the product.</summary>
internal sealed class TestCertificate : ITlsIdentity
{
    public static readonly TestCertificate Shared = new();

    private readonly SslServerAuthenticationOptions _options;

    private TestCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mail.example.test", key, HashAlgorithmName.SHA256);
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(150));
        Certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        _options = TlsSettings.Server(SslStreamCertificateContext.Create(Certificate, null, offline: true));
    }

    public X509Certificate2 Certificate { get; }

    public SslServerAuthenticationOptions For(string? serverName) => _options;
}
