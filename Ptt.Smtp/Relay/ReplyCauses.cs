using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>
/// The table that turns a remote's words into a cause, and a cause into advice for a person. The enhanced code decides where it
/// is specific; where it is not (5.7.1 means everything), the words do. Rows are tried from the top.
/// </summary>
public static class ReplyCauses
{
    /// <summary>Raised with every change of the table, so that a stored cause can be told from one judged anew.</summary>
    public const int Version = 1;

    private static readonly (string Words, ReplyCause Cause)[] ByWords =
    [
        ("greylist", ReplyCause.Greylisted),
        ("graylist", ReplyCause.Greylisted),
        ("grey listed", ReplyCause.Greylisted),
        ("rate limit", ReplyCause.RateLimited),
        ("too many connections", ReplyCause.RateLimited),
        ("too many messages", ReplyCause.RateLimited),
        ("too many recipients", ReplyCause.RateLimited),
        ("unusual rate", ReplyCause.RateLimited),
        ("throttl", ReplyCause.RateLimited),
        ("slow down", ReplyCause.RateLimited),
        ("exceeded the rate", ReplyCause.RateLimited),
        ("temporarily deferred due to", ReplyCause.RateLimited),
        ("spf", ReplyCause.Authentication),
        ("dkim", ReplyCause.Authentication),
        ("dmarc", ReplyCause.Authentication),
        ("reverse dns", ReplyCause.Authentication),
        ("ptr record", ReplyCause.Authentication),
        ("reverse hostname", ReplyCause.Authentication),
        ("unauthenticated", ReplyCause.Authentication),
        ("dnsbl", ReplyCause.BlockListed),
        ("rbl", ReplyCause.BlockListed),
        ("block list", ReplyCause.BlockListed),
        ("blocklist", ReplyCause.BlockListed),
        ("blacklist", ReplyCause.BlockListed),
        ("blocked using", ReplyCause.BlockListed),
        ("listed in", ReplyCause.BlockListed),
        ("listed at", ReplyCause.BlockListed),
        ("poor reputation", ReplyCause.BlockListed),
        ("low reputation", ReplyCause.BlockListed),
        ("sender reputation", ReplyCause.BlockListed),
        ("your ip", ReplyCause.BlockListed),
        ("over quota", ReplyCause.MailboxFull),
        ("overquota", ReplyCause.MailboxFull),
        ("quota exceeded", ReplyCause.MailboxFull),
        ("mailbox full", ReplyCause.MailboxFull),
        ("mailbox is full", ReplyCause.MailboxFull),
        ("out of storage", ReplyCause.MailboxFull),
        ("insufficient disk", ReplyCause.RemoteTrouble),
        ("user unknown", ReplyCause.UnknownUser),
        ("unknown user", ReplyCause.UnknownUser),
        ("no such user", ReplyCause.UnknownUser),
        ("no such recipient", ReplyCause.UnknownUser),
        ("no such address", ReplyCause.UnknownUser),
        ("does not exist", ReplyCause.UnknownUser),
        ("doesn't exist", ReplyCause.UnknownUser),
        ("recipient unknown", ReplyCause.UnknownUser),
        ("unknown recipient", ReplyCause.UnknownUser),
        ("recipient not found", ReplyCause.UnknownUser),
        ("user not found", ReplyCause.UnknownUser),
        ("invalid mailbox", ReplyCause.UnknownUser),
        ("invalid recipient", ReplyCause.UnknownUser),
        ("mailbox unavailable", ReplyCause.UnknownUser),
        ("mailbox not found", ReplyCause.UnknownUser),
        ("recipient address rejected", ReplyCause.UnknownUser),
        ("account disabled", ReplyCause.Disabled),
        ("account is disabled", ReplyCause.Disabled),
        ("mailbox disabled", ReplyCause.Disabled),
        ("inactive", ReplyCause.Disabled),
        ("suspended", ReplyCause.Disabled),
        ("spam", ReplyCause.Content),
        ("virus", ReplyCause.Content),
        ("malware", ReplyCause.Content),
        ("phishing", ReplyCause.Content),
        ("unsolicited", ReplyCause.Content),
        ("content rejected", ReplyCause.Content),
        ("relay", ReplyCause.Policy),
        ("access denied", ReplyCause.Policy),
        ("not allowed", ReplyCause.Policy),
        ("not permitted", ReplyCause.Policy),
        ("message too large", ReplyCause.TooBig),
        ("size limit", ReplyCause.TooBig),
        ("message size exceeds", ReplyCause.TooBig),
        ("try again later", ReplyCause.RemoteTrouble),
        ("temporar", ReplyCause.RemoteTrouble),
        ("service unavailable", ReplyCause.RemoteTrouble),
    ];

    public static ReplyCause Of(Reply reply) =>
        BySpecificStatus(reply) ?? ByWordsOf(reply) ?? ByGeneralStatus(reply) ?? ReplyCause.Unknown;

    /// <summary>The same for a reply that was stored as text; null where there is none, or nothing was refused.</summary>
    public static ReplyCause? OfText(string? stored) => StoredReply.Parse(stored) is { } reply && (reply.IsTransient || reply.IsPermanent) ? Of(reply) : null;

    /// <summary>What the words alone are about; null where they say nothing known.</summary>
    public static ReplyCause? ByWordsOf(Reply reply)
    {
        foreach ((string words, ReplyCause cause) in ByWords)
        {
            if (reply.Text.Contains(words, StringComparison.OrdinalIgnoreCase))
            {
                return cause;
            }
        }

        return null;
    }

    /// <summary>One or two sentences: what it means, and what the sender can do.</summary>
    public static string Advice(ReplyCause cause) => cause switch
    {
        ReplyCause.UnknownUser => "The address does not exist there. Check it for typing errors.",
        ReplyCause.UnknownDomain => "The domain does not exist or takes no mail. Check what stands after the @ for typing errors.",
        ReplyCause.Disabled => "The mailbox does not take mail at present. Reach the recipient in another way.",
        ReplyCause.MailboxFull => "The recipient's mailbox is full. Send it again when they have made room.",
        ReplyCause.TooBig => "The message is larger than the recipient's server takes. Send less, or a link.",
        ReplyCause.Greylisted => "The recipient's server wants the message a second time, as it does with senders it does not know. That is done without you.",
        ReplyCause.RateLimited => "The recipient's server wants fewer messages at a time. They are sent more slowly, without you.",
        ReplyCause.BlockListed => "The recipient's server does not trust the address that our mail comes from. Your administrator can have it taken off the list.",
        ReplyCause.Authentication => "The recipient's server could not establish that the mail is really yours (SPF, DKIM, DMARC or reverse DNS). Tell your administrator.",
        ReplyCause.Content => "The recipient's server takes the message for spam or harmful. Change its content, or reach the recipient in another way.",
        ReplyCause.Policy => "The recipient's server does not take this mail from you. Ask the recipient to let you in.",
        ReplyCause.RemoteTrouble => "The recipient's server has trouble of its own.",
        ReplyCause.Network => "The recipient's server could not be reached, or the connection broke.",
        ReplyCause.Dns => "The domain's entries in DNS could not be read.",
        ReplyCause.Tls => "The recipient's server must be reached under encryption, and that could not be had.",
        ReplyCause.Loop => "The recipient's domain sends its mail in a circle. Its administrator must mend that.",
        ReplyCause.NotSupported => "The recipient's server cannot carry what the message needs (8-bit text or international addresses).",
        _ => "The recipient's server did not take the message; its words below say why.",
    };

    private static ReplyCause? BySpecificStatus(Reply reply) => (reply.Status is { } s ? (s.Subject, s.Detail) : (-1, -1)) switch
    {
        (1, 1 or 3 or 6) => ReplyCause.UnknownUser,
        (1, 2 or 10) => ReplyCause.UnknownDomain,
        (2, 1) when reply.IsPermanent => ReplyCause.Disabled,
        (2, 2) => ReplyCause.MailboxFull,
        (2, 3) or (3, 4) => ReplyCause.TooBig,
        (4, 1 or 2) => ReplyCause.Network,
        (4, 3) => ReplyCause.Dns,
        (4, 6) => ReplyCause.Loop,
        (5, 3) => ReplyCause.RateLimited,
        (6, 3 or 7 or 9) => ReplyCause.NotSupported,
        (7, 4 or 5 or 10 or 30) => ReplyCause.Tls,
        (7, >= 20 and <= 27) => ReplyCause.Authentication,          // RFC 7372, RFC 7505 §4.2
        (7, 28) => ReplyCause.RateLimited,                          // "mail flood detected", IANA registry
        _ => null,
    };

    private static ReplyCause? ByGeneralStatus(Reply reply) => (reply.Status?.Subject, reply.Code) switch
    {
        (3, _) => ReplyCause.RemoteTrouble,
        (4, _) => ReplyCause.Network,
        (7, _) => ReplyCause.Policy,
        (_, 421) => ReplyCause.RateLimited,
        (_, 452) => ReplyCause.RemoteTrouble,
        (_, 552) => ReplyCause.TooBig,
        _ => null,
    };
}
