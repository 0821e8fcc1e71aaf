using Ptt.Mail;

namespace Ptt.Smtp.Protocol;

/// <summary>What a client may say: a closed family that <see cref="CommandReader"/> makes and the session matches.</summary>
public abstract record SmtpCommand
{
    private SmtpCommand()
    {
    }

    /// <summary>RFC 5321 §4.1.1.1. <paramref name="Client"/> is a stranger's word: printable, and nothing more is known of it.</summary>
    public sealed record Ehlo(string Client) : SmtpCommand;

    public sealed record Helo(string Client) : SmtpCommand;

    /// <summary>RFC 5321 §4.1.1.2; null is <c>&lt;&gt;</c>.</summary>
    public sealed record Mail(Mailbox? ReversePath, MailParameters Parameters) : SmtpCommand;

    /// <summary>RFC 5321 §4.1.1.3; null is <c>&lt;Postmaster&gt;</c> without a domain. A source route has been dropped (§3.3, appendix C).</summary>
    public sealed record Rcpt(Mailbox? ForwardPath, RcptParameters Parameters) : SmtpCommand;

    public sealed record Data : SmtpCommand;

    /// <summary>RFC 3030 §2. <paramref name="Size"/> octets follow, whatever we answer.</summary>
    public sealed record Bdat(long Size, bool Last) : SmtpCommand;

    public sealed record Rset : SmtpCommand;

    public sealed record Noop : SmtpCommand;

    public sealed record Quit : SmtpCommand;

    public sealed record Help : SmtpCommand;

    public sealed record Vrfy : SmtpCommand;

    public sealed record Expn : SmtpCommand;

    /// <summary>RFC 3207.</summary>
    public sealed record StartTls : SmtpCommand;

    /// <summary>RFC 4954 §4. <paramref name="InitialResponse"/> is still base64; null when none was sent.</summary>
    public sealed record Auth(string Mechanism, string? InitialResponse) : SmtpCommand
    {
        /// <summary>Without the response: a command may be printed, a secret may not.</summary>
        public override string ToString() => $"AUTH {Mechanism}{(InitialResponse is null ? "" : " ***")}";
    }

    /// <summary>Not one of the above, or not in its form; <paramref name="Reply"/> says what is wrong.</summary>
    public sealed record Malformed(Reply Reply) : SmtpCommand;
}

/// <summary>The parameters of MAIL that we offer.</summary>
public sealed record MailParameters
{
    public static readonly MailParameters None = new();

    /// <summary>RFC 1870: what the client thinks the message takes; null when it did not say.</summary>
    public long? Size { get; init; }

    /// <summary>BODY=8BITMIME (RFC 6152).</summary>
    public bool EightBit { get; init; }

    /// <summary>RFC 6531.</summary>
    public bool SmtpUtf8 { get; init; }

    /// <summary>RFC 8689.</summary>
    public bool RequireTls { get; init; }

    /// <summary>RET= (RFC 3461 §4.3).</summary>
    public DsnReturn Return { get; init; }

    /// <summary>ENVID= (RFC 3461 §4.4), decoded.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>XTRACEPARENT=, between our own machines only: a position in a trace as W3C Trace Context writes it.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The path held characters that need SMTPUTF8.</summary>
    public bool NonAsciiPath { get; init; }
}

/// <summary>The parameters of RCPT that we offer.</summary>
public sealed record RcptParameters
{
    public static readonly RcptParameters None = new();

    /// <summary>NOTIFY= (RFC 3461 §4.1).</summary>
    public DsnNotify Notify { get; init; }

    /// <summary>ORCPT= (RFC 3461 §4.2): <c>addr-type;address</c>, decoded.</summary>
    public string? OriginalRecipient { get; init; }

    /// <summary>The path held characters that need SMTPUTF8.</summary>
    public bool NonAsciiPath { get; init; }
}
