using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ptt.Dns.Messages;

namespace Ptt.Smtp.Client;

/// <summary>TLSA records against a certificate chain (RFC 6698 §2.1, RFC 7671, RFC 7672 §3).</summary>
internal static class Dane
{
    private const byte TrustAnchor = 2, DomainIssued = 3;

    /// <summary>RFC 7672 §3.1.3: usages 0 and 1 are not for SMTP; unknown parameters make a record unusable (RFC 6698 §4.1).</summary>
    public static bool IsUsable(RecordData.Tlsa record) => record is { Usage: TrustAnchor or DomainIssued, Selector: 0 or 1 } && record.Association.Length ==
        record.Matching switch { 0 => Math.Max(1, record.Association.Length), 1 => 32, 2 => 64, _ => -1 };

    /// <summary>Null when one record vouches for the certificate, else what is wrong.</summary>
    public static TlsProblem? Check(TlsPolicy policy, X509Certificate2 leaf, X509Chain? chain)
    {
        // RFC 7672 §3.1.1: with DANE-EE neither the name nor the dates of the certificate count.
        if (policy.Tlsa.Any(t => t.Usage == DomainIssued && Matches(t, leaf)))
        {
            return null;
        }

        // RFC 7672 §3.1.2: DANE-TA: the anchor is in the chain that the server sent, and then names and dates do count.
        X509Certificate2[] presented = [.. chain?.ChainElements.Select(e => e.Certificate) ?? [], .. chain?.ChainPolicy.ExtraStore ?? []];
        foreach (RecordData.Tlsa record in policy.Tlsa.Where(t => t.Usage == TrustAnchor))
        {
            X509Certificate2? anchor = presented.FirstOrDefault(c => Matches(record, c));
            if (anchor is not null && IsVouchedBy(anchor, leaf, presented))
            {
                return policy.Names.Any(name => leaf.MatchesHostname(name, allowWildcards: true, allowCommonName: false))
                    ? null
                    : TlsProblem.WrongName(policy.Names);
            }
        }

        return new(TlsFailure.NoTlsaMatch, "no TLSA record matches the certificate");
    }

    private static bool IsVouchedBy(X509Certificate2 anchor, X509Certificate2 leaf, X509Certificate2[] presented)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(anchor);
        chain.ChainPolicy.ExtraStore.AddRange(presented);
        // The anchor may be an intermediate: a chain that ends there is whole.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        return chain.Build(leaf) && chain.ChainElements.Any(e => e.Certificate.RawDataMemory.Span.SequenceEqual(anchor.RawDataMemory.Span));
    }

    private static bool Matches(RecordData.Tlsa record, X509Certificate2 certificate)
    {
        byte[] selected = record.Selector == 0 ? certificate.RawData : certificate.PublicKey.ExportSubjectPublicKeyInfo();
        byte[] matched = record.Matching switch
        {
            0 => selected,
            1 => SHA256.HashData(selected),
            _ => SHA512.HashData(selected),
        };
        return record.Association.Span.SequenceEqual(matched);
    }
}
