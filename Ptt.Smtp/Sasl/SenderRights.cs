using Ptt.Dns;
using Ptt.Mail;

namespace Ptt.Smtp.Sasl;

/// <summary>
/// Which addresses a login may put in MAIL FROM and From: its own, with any sub-address, and those of its <c>sendAs</c>: an address, or
/// <c>*@domain</c>, or <c>*@*.domain</c> for everything below.
/// </summary>
public static class SenderRights
{
    public static bool MaySendAs(this Login login, Mailbox sender)
    {
        if (Same(sender, login.Address))
        {
            return true;
        }

        foreach (string pattern in login.SendAs)
        {
            if (Matches(pattern, sender))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Matches(string pattern, Mailbox sender)
    {
        if (!pattern.StartsWith("*@", StringComparison.Ordinal))
        {
            return Mailbox.TryParse(pattern, out Mailbox? address) && Same(sender, address);
        }

        bool below = pattern.AsSpan(2).StartsWith("*.");
        return sender.Literal is null && DomainName.TryParse(pattern[(below ? 4 : 2)..], out DomainName domain) && !domain.IsRoot
            && (below ? sender.Domain != domain && sender.Domain.IsWithin(domain) : sender.Domain == domain);
    }

    // Our own domains do not tell upper from lower case; the part from "+" on is the user's own (RFC 5233).
    private static bool Same(Mailbox sender, Mailbox own) =>
        sender.Domain == own.Domain && Equals(sender.Literal, own.Literal)
        && (string.Equals(sender.LocalPart.Value, own.LocalPart.Value, StringComparison.OrdinalIgnoreCase)
            || (sender.LocalPart.Value.IndexOf('+') is > 0 and var plus
                && sender.LocalPart.Value.AsSpan(0, plus).Equals(own.LocalPart.Value, StringComparison.OrdinalIgnoreCase)));
}
