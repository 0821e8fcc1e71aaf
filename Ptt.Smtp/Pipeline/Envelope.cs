using Ptt.Mail;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Pipeline;

/// <summary>What travels beside the message (RFC 5321 §2.3.1): who it is from, who it is for, and what was asked for it.</summary>
public sealed record Envelope
{
    /// <summary>Null is the null reverse-path <c>&lt;&gt;</c> (RFC 5321 §4.5.5): no report is ever sent for such a message.</summary>
    public required Mailbox? ReversePath { get; init; }

    public required IReadOnlyList<Recipient> Recipients { get; init; }

    public required Origin Origin { get; init; }

    /// <summary>BODY=8BITMIME (RFC 6152): the content may hold octets over 127.</summary>
    public bool EightBit { get; init; }

    /// <summary>SMTPUTF8 (RFC 6531): addresses or header fields need it.</summary>
    public bool SmtpUtf8 { get; init; }

    /// <summary>REQUIRETLS (RFC 8689).</summary>
    public bool RequireTls { get; init; }

    /// <summary>RET= (RFC 3461 §4.3).</summary>
    public DsnReturn Return { get; init; }

    /// <summary>ENVID= (RFC 3461 §4.4), decoded from xtext.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>Where the message stands in a distributed trace (W3C Trace Context); told to machines of ours and to nobody else.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Not null: the spool keeps the message back until an administrator releases or drops it, and says why.</summary>
    public string? HoldReason { get; init; }
}

/// <summary>One forward-path and what its sender wants to be told about it.</summary>
public sealed record Recipient(Mailbox Address)
{
    /// <summary>NOTIFY= (RFC 3461 §4.1).</summary>
    public DsnNotify Notify { get; init; }

    /// <summary>ORCPT= (RFC 3461 §4.2): <c>addr-type;address</c>, decoded from xtext.</summary>
    public string? OriginalRecipient { get; init; }
}
