using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Ptt.Dns;
using Ptt.Mail.Headers;

namespace Ptt.Mail.Dkim;

/// <summary>A DKIM-Signature field that was read (RFC 6376 §3.5). ARC-Message-Signature is the same with i= a number (RFC 8617 §4.1.2).</summary>
public sealed record DkimSignature
{
    public required HeaderField Field { get; init; }
    public required string Algorithm { get; init; }
    public required Canonicalization Canonicalization { get; init; }
    public required DomainName Domain { get; init; }
    public required string Selector { get; init; }
    public required IReadOnlyList<string> HeaderNames { get; init; }
    public required byte[] BodyHash { get; init; }
    public required byte[] Signature { get; init; }

    /// <summary>i=, the agent or user; empty when absent.</summary>
    public string Identity { get; init; } = "";

    /// <summary>l=; null signs the whole body.</summary>
    public long? BodyLength { get; init; }

    public DateTimeOffset? SignedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The field's value with that of b= removed (§3.7).</summary>
    public required byte[] Unsigned { get; init; }

    /// <summary>Where the key lies.</summary>
    public DomainName KeyName => Domain.Below($"{Selector}._domainkey");

    /// <summary>False gives the reason in <paramref name="fault"/>, with what could be read of d=, s= and a= in <paramref name="tags"/>.</summary>
    public static bool TryParse(
        HeaderField field, bool isArc, [NotNullWhen(true)] out DkimSignature? signature, out TagList? tags, out string fault)
    {
        signature = null;
        fault = "the tags cannot be read";
        if (!TagList.TryParse(field.RawValue, out tags))
        {
            return false;
        }

        foreach (string required in isArc ? ["a", "b", "bh", "d", "h", "s", "i"] : (string[])["v", "a", "b", "bh", "d", "h", "s"])
        {
            if (tags[required] is null)
            {
                fault = $"{required}= is missing";
                return false;
            }
        }

        if (!isArc && tags["v"] != "1")
        {
            fault = "v= is not 1";
            return false;
        }

        if (!Canonicalization.TryParse(tags.Compact("c"), out Canonicalization canonicalization))
        {
            fault = "c= is unknown";
            return false;
        }

        if (!DomainName.TryParse(tags["d"], out DomainName domain) || domain.IsRoot
            || !DomainName.TryParse($"{tags["s"]}._domainkey.{domain}", out _))
        {
            fault = "d= or s= is not a name";
            return false;
        }

        if (!TryBase64(tags.Compact("bh")!, out byte[] bodyHash) || !TryBase64(tags.Compact("b")!, out byte[] octets))
        {
            fault = "bh= or b= is not base64";
            return false;
        }

        string[] names = tags.Compact("h")!.Split(':');
        if (!names.Contains("From", StringComparer.OrdinalIgnoreCase) || names.Any(n => n.Length == 0 || !Ascii.IsValid(n)))
        {
            fault = "h= does not name From";   // §5.4
            return false;
        }

        if (!TryNumber(tags["t"], out long? signedAt) || !TryNumber(tags["x"], out long? expiresAt) || !TryNumber(tags["l"], out long? length))
        {
            fault = "t=, x= or l= is not a number";
            return false;
        }

        if (expiresAt <= signedAt)
        {
            fault = "x= is not after t=";
            return false;
        }

        (int start, int end) = tags.RangeOf("b");
        signature = new DkimSignature
        {
            Field = field,
            Algorithm = tags["a"]!,
            Canonicalization = canonicalization,
            Domain = domain,
            Selector = tags["s"]!,
            HeaderNames = names,
            BodyHash = bodyHash,
            Signature = octets,
            Identity = isArc ? "" : tags["i"] ?? "",
            BodyLength = length,
            SignedAt = Time(signedAt),
            ExpiresAt = Time(expiresAt),
            Unsigned = [.. field.RawValue[..start], .. field.RawValue[end..]],
        };
        return true;
    }

    internal static bool TryBase64(string text, out byte[] octets)
    {
        octets = new byte[text.Length];
        bool good = Convert.TryFromBase64String(text, octets, out int length) && length > 0;
        octets = octets[..length];
        return good;
    }

    // 12 digits at most, as §3.5 advises for times.
    private static bool TryNumber(string? text, out long? number)
    {
        bool good = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value < 1_000_000_000_000;
        number = good ? value : null;
        return good || text is null;
    }

    private static DateTimeOffset? Time(long? seconds) =>
        seconds is < 250_000_000_000 ? DateTimeOffset.FromUnixTimeSeconds(seconds.Value) : null;
}
