using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ptt.Web.Acme;

/// <summary>When a certificate is to be replaced. Pure.</summary>
internal static class RenewalTime
{
    /// <summary>
    /// A moment of the authority's window (RFC 9773 §4.2), always the same one for the same certificate and window, elsewhere for other certificates; without a
    /// window after two thirds of its life.
    /// </summary>
    public static DateTimeOffset Of(X509Certificate2 certificate, RenewalWindow? window)
    {
        DateTimeOffset from = certificate.NotBefore.ToUniversalTime(), to = certificate.NotAfter.ToUniversalTime();
        if (window is null || window.End <= window.Start)
        {
            return from + ((to - from) * 2 / 3);
        }

        double place = BitConverter.ToUInt32(SHA256.HashData(certificate.RawData)) / (double)uint.MaxValue;
        return window.Start + ((window.End - window.Start) * place);
    }

    /// <summary>RFC 9773 §4.1: whose key signed it, and its number. Null for a certificate that does not say.</summary>
    public static string? Identifier(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier is { } issuer
            ? $"{Base64Url.EncodeToString(issuer.Span)}.{Base64Url.EncodeToString(certificate.SerialNumberBytes.Span)}"
            : null;

    /// <summary>After the n-th failure in a row: doubled each time, up to a day; never before the authority said.</summary>
    public static TimeSpan Pause(int failures, TimeSpan first, TimeSpan? told)
    {
        TimeSpan pause = first * Math.Pow(2, Math.Min(failures - 1, 20));
        pause = pause < TimeSpan.FromDays(1) ? pause : TimeSpan.FromDays(1);
        return told > pause ? told.Value : pause;
    }
}
