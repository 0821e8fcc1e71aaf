using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ptt.Smtp.Pipeline;
using Ptt.Web.Configuration;

namespace Ptt.Web.Links;

/// <summary>
/// Our own certificate authority, for the links between our machines and nothing else. Its key lies where <c>ptt authority create</c> was called and is
/// needed nowhere else. A certificate says which roles its machine plays, so that the relay's cannot have mail signed.
/// </summary>
internal static class Authority
{
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(90);

    private const string Organization = "Ptt";

    /// <summary>Writes certificate (<c>authority.pem</c>) and key (<c>authority.key</c>, mode 0600); false when they are there already.</summary>
    public static bool Create(string directory, TimeProvider time)
    {
        string certificatePath = Path.Combine(directory, "authority.pem");
        if (File.Exists(certificatePath))
        {
            return false;
        }

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"O={Organization}, CN=Ptt link authority {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using X509Certificate2 certificate = request.CreateSelfSigned(time.GetUtcNow().AddMinutes(-5), time.GetUtcNow().AddYears(10));
        CertificateFile.WritePrivate(Path.Combine(directory, "authority.key"), key.ExportPkcs8PrivateKeyPem() + "\n");
        CertificateFile.WritePrivate(certificatePath, certificate.ExportCertificatePem() + "\n");
        return true;
    }

    /// <summary>A certificate with its key, in PEM, for a machine of these roles and names (host names or addresses).</summary>
    public static string Issue(string directory, IReadOnlyCollection<Role> roles, IReadOnlyCollection<string> names, TimeSpan lifetime, TimeProvider time)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Certify(directory, key, roles, names, lifetime, time) + key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    /// <summary>The certificate alone, in PEM, for a key of which only the public half need be known.</summary>
    public static string Certify(
        string directory, ECDsa key, IReadOnlyCollection<Role> roles, IReadOnlyCollection<string> names, TimeSpan lifetime, TimeProvider time)
    {
        using X509Certificate2 authority = X509Certificate2.CreateFromPemFile(Path.Combine(directory, "authority.pem"), Path.Combine(directory, "authority.key"));
        string units = string.Concat(roles.Select(r => $"OU={r}, "));
        var request = new CertificateRequest($"O={Organization}, {units}CN={names.First()}", key, HashAlgorithmName.SHA256);
        var subject = new SubjectAlternativeNameBuilder();
        foreach (string name in names)
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
            {
                subject.AddIpAddress(address);
            }
            else
            {
                subject.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(subject.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset end = now + lifetime < authority.NotAfter ? now + lifetime : authority.NotAfter;
        using X509Certificate2 issued = request.Create(authority, now.AddMinutes(-5), end, RandomNumberGenerator.GetBytes(16));
        return issued.ExportCertificatePem() + "\n";
    }

    public static IReadOnlyList<Role> RolesOf(X509Certificate2 certificate) =>
        [.. certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(n => !n.HasMultipleElements && n.GetSingleElementType().Value == "2.5.4.11")
            .Select(n => Enum.TryParse(n.GetSingleElementValue(), out Role role) ? role : (Role?)null)
            .OfType<Role>()];

    public static IReadOnlyList<string> NamesOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } names
            ? [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(a => a.ToString())]
            : [];
}
