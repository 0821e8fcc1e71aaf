using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization;

namespace Ptt.Web.Links;

/// <summary>
/// How a machine without the authority's key gets its next certificate: it sends the present one, a new public key, and a signature over that key made with the
/// present one. Only who holds the old key can ask, only for the same names and roles, and the answer is of use to nobody but who holds the new key: so it
/// matters little how it travels.
/// </summary>
internal static class LinkRenewal
{
    /// <summary>A request, and the key that it is for.</summary>
    public static (LinkRenewalRequest Request, ECDsa Key) Ask(X509Certificate2 present)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] wanted = key.ExportSubjectPublicKeyInfo();
        using ECDsa old = present.GetECDsaPrivateKey()!;
        return (new LinkRenewalRequest(present.ExportCertificatePem(), wanted, old.SignData(wanted, HashAlgorithmName.SHA256)), key);
    }

    /// <summary>The certificate in PEM, without a key; null for a request that is not from one of our machines, or too late.</summary>
    public static string? Answer(string authorityDirectory, LinkRenewalRequest request, TimeProvider time)
    {
        try
        {
            using X509Certificate2 authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(authorityDirectory, "authority.pem"));
            using X509Certificate2 present = X509Certificate2.CreateFromPem(request.Certificate);
            using ECDsa? old = present.GetECDsaPublicKey();
            if (old is null || !IsOurs(present, new X509Certificate2Collection(authority), time) || !old.VerifyData(request.PublicKey, request.Signature, HashAlgorithmName.SHA256))
            {
                return null;
            }

            using ECDsa wanted = ECDsa.Create();
            wanted.ImportSubjectPublicKeyInfo(request.PublicKey, out _);
            return Authority.Certify(authorityDirectory, wanted, [.. Authority.RolesOf(present)], [.. Authority.NamesOf(present)], present.NotAfter - present.NotBefore, time);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>What to put in the certificate's file; null for an answer that is not what was asked for.</summary>
    public static string? Accept(string pem, ECDsa key, X509Certificate2 present, X509Certificate2Collection anchors, TimeProvider time)
    {
        try
        {
            using X509Certificate2 next = X509Certificate2.CreateFromPem(pem);
            using ECDsa? named = next.GetECDsaPublicKey();
            bool fits = named is not null && named.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()) && IsOurs(next, anchors, time)
                && Authority.RolesOf(next).SequenceEqual(Authority.RolesOf(present)) && next.NotAfter > present.NotAfter;
            return fits ? next.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n" : null;
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private static bool IsOurs(X509Certificate2 certificate, X509Certificate2Collection anchors, TimeProvider time)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(anchors);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().LocalDateTime;
        return chain.Build(certificate) && Authority.RolesOf(certificate).Count > 0;
    }
}

/// <param name="Certificate">PEM: the one that ends.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo of the new key.</param>
/// <param name="Signature">ECDSA with SHA-256 over it, by the key of the present certificate.</param>
internal sealed record LinkRenewalRequest(string Certificate, byte[] PublicKey, byte[] Signature);

internal sealed record LinkRenewalAnswer(string Certificate);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LinkRenewalRequest))]
[JsonSerializable(typeof(LinkRenewalAnswer))]
internal sealed partial class LinksJson : JsonSerializerContext;
