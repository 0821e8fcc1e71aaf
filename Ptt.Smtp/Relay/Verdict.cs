using Ptt.Smtp.Client;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>What a reply means for a recipient.</summary>
public enum Verdict
{
    Delivered,
    Defer,
    Fail,
}

public static class Verdicts
{
    public static Verdict Of(Reply reply, SmtpPhase phase) => (reply.Code / 100, phase) switch
    {
        (2, SmtpPhase.EndOfData) => Verdict.Delivered,
        // What is refused before MAIL is refused to us, not to this message: another day it may be different.
        (5, < SmtpPhase.Mail and not SmtpPhase.Resolve) => Verdict.Defer,
        (5, SmtpPhase.Rcpt) when MeansTooManyRecipients(reply) => Verdict.Defer,
        (5, _) => Verdict.Fail,
        // 4yz; and 2yz and 3yz in the wrong place, which only a broken server says (RFC 5321 §4.2.1).
        _ => Verdict.Defer,
    };

    /// <summary>RFC 5321 §4.5.3.1.10: 552 to RCPT is an old way to say 452, "the rest in another transaction".</summary>
    public static bool MeansTooManyRecipients(Reply reply) => reply switch
    {
        { Code: 452, Status: null or { Subject: 5, Detail: 3 } or { Subject: 0 } } => true,
        { Code: 552, Status: null or { Subject: 5, Detail: 3 } } => true,
        _ => false,
    };
}
