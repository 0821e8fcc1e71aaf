using System.Diagnostics.CodeAnalysis;
using System.Text;
using Ptt.Dns;
using Ptt.Mail;

namespace Ptt.Web.Users.Files;

/// <summary>
/// The rule for addresses of ours: local parts compare without case, in NFC (RFC 8265 §3.3); <c>ada+news</c> is a sub-address of
/// <c>ada</c>. And where in git and in the pages an address lies.
/// </summary>
public static class Addresses
{
    private const string Plain = "!#$&'*+-=^_`{|}~.";

    public static bool TryCanonical(string? text, [NotNullWhen(true)] out Mailbox? address)
    {
        address = null;
        return Mailbox.TryParse(text, out Mailbox? given) && given.Literal is null && TryCanonical(given, out address);
    }

    public static bool TryCanonical(Mailbox given, [NotNullWhen(true)] out Mailbox? address)
    {
        address = null;
        if (given.Literal is not null || !TryFold(given.LocalPart.Value, out string folded))
        {
            return false;
        }

        if (folded == given.LocalPart.Value)
        {
            address = given;
            return true;
        }

        if (!LocalPart.TryCreate(folded, out LocalPart local))
        {
            return false;
        }

        address = new Mailbox(local, given.Domain);
        return true;
    }

    /// <summary>The address without what stands behind the first plus sign; itself when there is none.</summary>
    public static Mailbox WithoutDetail(Mailbox address) =>
        address.LocalPart.Value.IndexOf('+', StringComparison.Ordinal) is > 0 and int plus && LocalPart.TryCreate(address.LocalPart.Value[..plus], out LocalPart bare)
            ? new Mailbox(bare, address.Domain) : address;

    public static string FileOf(Mailbox address) => $"users/{address.Domain}/{Escape(address.LocalPart.Value)}.json";

    public static string FileOf(DomainName domain) => $"domains/{domain}.json";

    /// <summary>The user's page.</summary>
    public static string PageOf(Mailbox address) => "/users/" + Uri.EscapeDataString(address.ToString());

    // No separator, no leading dot, nothing that a file system or a terminal reads otherwise: percent and two digits for each octet.
    private static string Escape(string local)
    {
        var name = new StringBuilder();
        Span<byte> octets = stackalloc byte[4];
        foreach (Rune rune in local.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || (rune.IsAscii && Plain.Contains((char)rune.Value) && !(rune.Value == '.' && name.Length == 0)))
            {
                name.Append(rune.ToString());
                continue;
            }

            foreach (byte octet in octets[..rune.EncodeToUtf8(octets)])
            {
                name.Append('%').Append(octet.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return name.ToString();
    }

    private static bool TryFold(string text, out string folded)
    {
        folded = text;
        if (Ascii.IsValid(text))
        {
            folded = text.ToLowerInvariant();
            return true;
        }

        try
        {
            folded = text.Normalize(NormalizationForm.FormC).ToLowerInvariant();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
