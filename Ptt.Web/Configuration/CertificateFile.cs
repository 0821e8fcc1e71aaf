using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ptt.Web.Configuration;

/// <summary>A certificate with its key and its intermediates, from PEM.</summary>
internal sealed record CertificateFile(X509Certificate2 Certificate, X509Certificate2Collection Intermediates)
{
    /// <summary>Throws <see cref="CryptographicException"/> or <see cref="IOException"/> for files that are no certificate with its key.</summary>
    public static CertificateFile Load(string path, string keyPath)
    {
        string pem = File.ReadAllText(path);
        string key = keyPath.Length == 0 ? pem : File.ReadAllText(keyPath);
        using X509Certificate2 fromPem = X509Certificate2.CreateFromPem(pem, key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(pem);
        for (int i = chain.Count - 1; i >= 0; i--)
        {
            if (chain[i].Thumbprint == fromPem.Thumbprint)
            {
                chain.RemoveAt(i);
            }
        }

        return new(Portable(fromPem), chain);
    }

    /// <summary>Writes a self-signed one for <paramref name="hostname"/>: P-256, ten years, key mode 0600. Clients have to be told to trust it.</summary>
    public static void WriteSelfSigned(string path, string hostname, TimeProvider time)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Name(hostname)}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Name(hostname));
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        DateTimeOffset now = time.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        WritePrivate(path, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary>In one step, readable by us alone: nobody ever sees half a file.</summary>
    public static void WritePrivate(string path, string text)
    {
        string draft = path + ".new";
        File.Delete(draft);
        using (var stream = new FileStream(draft, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        using (var writer = new StreamWriter(stream))
        {
            writer.Write(text);
            writer.Flush();
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
    }

    // SslStream wants the key inside the certificate's own handle; PKCS #12 in memory puts it there.
    private static X509Certificate2 Portable(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);

    private static string Name(string hostname) => Uri.CheckHostName(hostname) == UriHostNameType.Dns ? hostname : "localhost";
}
