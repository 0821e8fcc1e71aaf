using System.Text.RegularExpressions;

namespace Ptt.Web.Queue;

/// <summary>What a remote's words mean for the one who has to do something about it: from the enhanced code (RFC 3463, its registry) first, then from the reply code.</summary>
public static partial class ReplyMeaning
{
    /// <summary>English, a key of the pages' texts; null when there is nothing to add to the words themselves.</summary>
    public static string? Of(string? reply)
    {
        if (string.IsNullOrWhiteSpace(reply))
        {
            return null;
        }

        Match match = Codes().Match(reply);
        if (!match.Success)
        {
            return null;
        }

        bool permanent = match.Groups[1].Value is ['5', ..];
        return (match.Groups[2].Success ? Enhanced(match.Groups[2].Value) : null) ?? Basic(match.Groups[1].Value) ?? (permanent
            ? "The other side refused it for good."
            : match.Groups[1].Value is ['4', ..] ? "The other side asks to try again later." : null);
    }

    // The class digit says for good or for now; what it is about stands behind it.
    private static string? Enhanced(string status) => status switch
    {
        "1.1" => "There is no such mailbox at that domain.",
        "1.2" => "There is no such domain.",
        "1.3" => "The address is not written as an address should be.",
        "1.6" => "The mailbox has moved and left no new address.",
        "1.8" => "The other side says that the sender's domain does not exist.",
        "1.10" => "The domain says in DNS that it takes no mail at all (null MX).",
        "2.1" => "The mailbox is closed.",
        "2.2" => "The mailbox is full.",
        "2.3" => "The message is larger than that mailbox takes.",
        "3.1" => "The other side's disk is full.",
        "3.2" => "The other side takes no mail at the moment.",
        "3.4" => "The message is larger than the other side takes.",
        "4.1" => "The other side does not answer.",
        "4.2" => "The connection broke off.",
        "4.3" => "DNS could not be asked; it is tried again.",
        "4.4" => "No way leads to that domain: DNS names no host for it.",
        "4.5" => "The other side is overloaded.",
        "4.6" => "The mail went round in a circle.",
        "4.7" => "The time that we keep trying is over.",
        "5.3" => "Too many recipients at once for the other side.",
        "7.0" => "The other side refuses for reasons of its policy.",
        "7.1" => "The other side does not want this sender or this message: reputation, or its policy.",
        "7.4" or "7.5" => "No key could sign for the domain of From.",
        "7.8" => "The other side wants a login.",
        "7.10" => "The certificate of the other side is not the one it promised.",
        "7.20" or "7.21" or "7.22" => "The other side found no valid DKIM signature.",
        "7.23" or "7.24" => "SPF: this machine's address is not in the sender domain's record.",
        "7.25" => "This machine's address has no name in reverse DNS, or one that does not lead back.",
        "7.26" => "Neither SPF nor DKIM passed: look at the domain's records.",
        "7.27" => "The sender's domain says that it sends no mail (null MX).",
        "7.28" => "The other side counts too much mail from us: it is slowed down.",
        "7.30" => "REQUIRETLS was asked for and a host on the way does not offer it.",
        _ => null,
    };

    private static string? Basic(string code) => code switch
    {
        "421" => "The other side closed the connection; it is tried again.",
        "450" or "451" => "The other side asks to try again later; a first contact is often put off so (greylisting).",
        "452" => "The other side has too little room at the moment.",
        "550" => "The other side refuses the mailbox or the sender.",
        "552" => "The message is too large, or the mailbox is full.",
        "554" => "The other side refused the message for good.",
        _ => null,
    };

    [GeneratedRegex(@"^\s*([245]\d\d)(?:[ -][245]\.(\d{1,3}\.\d{1,3})\b)?")]
    private static partial Regex Codes();
}
