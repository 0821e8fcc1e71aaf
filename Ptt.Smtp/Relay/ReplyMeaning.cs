using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>
/// What a remote's words mean for the administrator: from the enhanced code (RFC 3463, its registry) where it is specific, then from what the
/// words are about (<see cref="ReplyCauses"/>), then from the reply code. What the sender is told is <see cref="ReplyCauses.Advice"/>.
/// </summary>
public static class ReplyMeaning
{
    /// <summary>English, a key of the pages' texts; null when there is nothing to add to the words themselves. <paramref name="stored"/> as in <see cref="StoredReply.Parse"/>.</summary>
    public static string? Of(string? stored) =>
        StoredReply.Parse(stored) is { } reply && (reply.IsTransient || reply.IsPermanent)
            ? BySpecificStatus(reply) ?? ByCause(ReplyCauses.ByWordsOf(reply)) ?? ByGeneralStatus(reply) ?? ByCode(reply)
            : null;

    // The class digit says for good or for now; what it is about stands behind it.
    private static string? BySpecificStatus(Reply reply) => (reply.Status is { } s ? (s.Subject, s.Detail) : (-1, -1)) switch
    {
        (1, 1) => "There is no such mailbox at that domain.",
        (1, 2) => "There is no such domain.",
        (1, 3) => "The address is not written as an address should be.",
        (1, 6) => "The mailbox has moved and left no new address.",
        (1, 8) => "The other side says that the sender's domain does not exist.",
        (1, 10) => "The domain says in DNS that it takes no mail at all (null MX).",
        (2, 1) => "The mailbox is closed.",
        (2, 2) => "The mailbox is full.",
        (2, 3) => "The message is larger than that mailbox takes.",
        (3, 1) => "The other side's disk is full.",
        (3, 2) => "The other side takes no mail at the moment.",
        (3, 4) => "The message is larger than the other side takes.",
        (4, 1) => "The other side does not answer.",
        (4, 2) => "The connection broke off.",
        (4, 3) => "DNS could not be asked; it is tried again.",
        (4, 4) => "No way leads to that domain: DNS names no host for it.",
        (4, 5) => "The other side is overloaded.",
        (4, 6) => "The mail went round in a circle.",
        (4, 7) => "The time that we keep trying is over.",
        (5, 3) => "Too many recipients at once for the other side.",
        (7, 5) when reply.Text.Contains("sign", StringComparison.Ordinal) => "No key could sign for the domain of From.",   // our own words
        (7, 4 or 5) => "The other side must be reached under encryption, and that could not be had: see the words.",
        (7, 8) => "The other side wants a login.",
        (7, 10) => "The certificate of the other side is not the one it promised.",
        (7, 20 or 21 or 22) => "The other side found no valid DKIM signature.",
        (7, 23 or 24) => "SPF: this machine's address is not in the sender domain's record.",
        (7, 25) => "This machine's address has no name in reverse DNS, or one that does not lead back.",
        (7, 26) => "Neither SPF nor DKIM passed: look at the domain's records.",
        (7, 27) => "The sender's domain says that it sends no mail (null MX).",
        (7, 28) => "The other side counts too much mail from us: it is slowed down.",
        (7, 30) => "REQUIRETLS was asked for and a host on the way does not offer it.",
        _ => null,
    };

    private static string? ByCause(ReplyCause? cause) => cause switch
    {
        ReplyCause.UnknownUser => "There is no such mailbox at that domain.",
        ReplyCause.Disabled => "The mailbox is closed.",
        ReplyCause.MailboxFull => "The mailbox is full.",
        ReplyCause.TooBig => "The message is larger than the other side takes.",
        ReplyCause.Greylisted => "The other side puts off what comes from a sender it does not know; a later try is taken (greylisting).",
        ReplyCause.RateLimited => "The other side counts too much mail from us: it is slowed down.",
        ReplyCause.BlockListed => "The other side does not trust this machine's address: it stands in a block list or has a bad name.",
        ReplyCause.Authentication => "SPF, DKIM, DMARC or reverse DNS did not satisfy the other side: look at the domain's records.",
        ReplyCause.Content => "The other side takes the message for spam or harmful.",
        ReplyCause.Policy => "The other side does not want this sender or this message: reputation, or its policy.",
        ReplyCause.RemoteTrouble => "The other side has trouble of its own.",
        _ => null,
    };

    private static string? ByGeneralStatus(Reply reply) => reply.Status switch
    {
        { Subject: 7, Detail: 0 } => "The other side refuses for reasons of its policy.",
        { Subject: 7, Detail: 1 } => "The other side does not want this sender or this message: reputation, or its policy.",
        _ => null,
    };

    private static string ByCode(Reply reply) => reply.Code switch
    {
        421 => "The other side closed the connection; it is tried again.",
        450 or 451 => "The other side asks to try again later; a first contact is often put off so (greylisting).",
        452 => "The other side has too little room at the moment.",
        550 => "The other side refuses the mailbox or the sender.",
        552 => "The message is too large, or the mailbox is full.",
        554 => "The other side refused the message for good.",
        _ => reply.IsPermanent ? "The other side refused it for good." : "The other side asks to try again later.",
    };
}
