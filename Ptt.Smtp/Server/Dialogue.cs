using Ptt.Dns;
using Ptt.Mail;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Sasl;
using Ptt.Smtp.Transport;

namespace Ptt.Smtp.Server;

/// <summary>Where the session stands (RFC 5321 §4.1.4).</summary>
internal enum SessionState
{
    /// <summary>Nobody has said EHLO since the greeting or the TLS handshake.</summary>
    Fresh,
    Greeted,

    /// <summary>MAIL was taken, no recipient yet.</summary>
    Mail,
    Rcpt,

    /// <summary>The first chunk of BDAT was taken.</summary>
    Chunks,
}

/// <summary>
/// The session as a table: state and command in, <see cref="Step"/> out. No I/O and no time; <see cref="SmtpSession"/> carries out what
/// it says and tells it what came of that.
/// </summary>
internal sealed class Dialogue(ListenerProfile profile, Limits limits)
{
    private static readonly LocalPart Postmaster = LocalPart.TryCreate("postmaster", out LocalPart p) ? p : default;

    private int _errors;
    private int _idleCommands;

    public SessionState State { get; private set; }

    public string? Helo { get; private set; }

    /// <summary>EHLO rather than HELO.</summary>
    public bool Extended { get; private set; }

    /// <summary>Null in the clear.</summary>
    public TlsFacts? Tls { get; private set; }

    public Login? Login { get; private set; }

    public Transaction? Transaction { get; private set; }

    public bool AwaitsLogin => profile.Authenticator is not null && Login is null;

    public Step Handle(SmtpCommand command)
    {
        Step step = Decide(command);
        if (command is SmtpCommand.Noop or SmtpCommand.Vrfy or SmtpCommand.Expn or SmtpCommand.Help or SmtpCommand.Ehlo or SmtpCommand.Helo
            && ++_idleCommands > limits.IdleCommands)
        {
            return new Step.Close(Replies.TooManyCommands);
        }

        return step is Step.Say { Reply.IsPermanent: true } or Step.DiscardChunk ? Refused(step) : step;
    }

    /// <summary>Counts a refusal that was not decided here (a failed AUTH, a line too long); may turn it into the end of the session.</summary>
    public Step Refused(Step step) => ++_errors > limits.Errors ? new Step.Close(Replies.TooManyErrors) : step;

    private Step Decide(SmtpCommand command) => (State, command) switch
    {
        (_, SmtpCommand.Quit)                                       => new Step.Close(Replies.Closing),
        _ when Login is { } login && !profile.Authenticator!.IsCurrent(login) => new Step.Close(Replies.LoginRevoked),
        (_, SmtpCommand.Malformed malformed)                        => Say(malformed.Reply),
        (_, SmtpCommand.Noop)                                       => Say(Replies.Ok),
        (_, SmtpCommand.Help)                                       => Say(Replies.Help),
        (_, SmtpCommand.Rset)                                       => Reset(),
        (_, SmtpCommand.Ehlo ehlo)                                  => Greet(ehlo.Client, extended: true),   // RFC 5321 §4.1.4: allowed anywhere
        (_, SmtpCommand.Helo helo)                                  => Greet(helo.Client, extended: false),

        (_, SmtpCommand.StartTls) when Tls is not null              => Say(Replies.TlsAlready),
        (_, SmtpCommand.StartTls) when profile.Tls is null          => Say(Replies.NotImplemented),
        (SessionState.Greeted, SmtpCommand.StartTls)                => new Step.StartTls(),
        (_, SmtpCommand.StartTls)                                   => Say(Replies.BadSequence),

        (_, SmtpCommand.Auth) when profile.Authenticator is null    => Say(Replies.NotImplemented),
        (_, SmtpCommand.Auth) when Tls is null                      => Say(Replies.AuthNeedsTls),            // RFC 4954 §4
        (_, SmtpCommand.Auth) when Login is not null                => Say(Replies.AuthTwice),
        (SessionState.Greeted, SmtpCommand.Auth auth)               => new Step.Authenticate(auth),
        (_, SmtpCommand.Auth)                                       => Say(Replies.BadSequence),

        (_, SmtpCommand.Bdat bdat) when Gate() is { } refusal       => new Step.DiscardChunk(bdat.Size, refusal),
        _ when Gate() is { } refusal                                => Say(refusal),
        (_, SmtpCommand.Vrfy)                                       => Say(Replies.CannotVerify),            // §7.3: no list of users
        (_, SmtpCommand.Expn)                                       => Say(Replies.NotImplemented),

        (SessionState.Greeted, SmtpCommand.Mail mail)               => Begin(mail),
        (SessionState.Mail, SmtpCommand.Rcpt rcpt)                  => Add(rcpt),
        (SessionState.Rcpt, SmtpCommand.Rcpt rcpt)                  => Add(rcpt),
        (SessionState.Rcpt, SmtpCommand.Data)                       => new Step.ReceiveData(),
        (SessionState.Mail, SmtpCommand.Data)                       => Say(Replies.NoRecipients),            // §3.3
        (SessionState.Rcpt, SmtpCommand.Bdat bdat)                  => new Step.ReceiveChunk(bdat),
        (SessionState.Chunks, SmtpCommand.Bdat bdat)                => new Step.ReceiveChunk(bdat),
        (SessionState.Mail, SmtpCommand.Bdat bdat)                  => new Step.DiscardChunk(bdat.Size, Replies.NoRecipients),
        (_, SmtpCommand.Bdat bdat)                                  => new Step.DiscardChunk(bdat.Size, Replies.BadSequence),
        _                                                           => Say(Replies.BadSequence),
    };

    /// <summary>After the handshake everything said before is forgotten (RFC 3207 §4.2).</summary>
    public void SecuredBy(TlsFacts tls)
    {
        Tls = tls;
        Helo = null;
        State = SessionState.Fresh;
    }

    public void LoggedIn(Login login) => Login = login;

    public void ChunkTaken() => State = SessionState.Chunks;

    /// <summary>The transaction is over, well or not; its disposing is the session's.</summary>
    public Transaction? EndTransaction(bool accepted = false)
    {
        Transaction? ended = Transaction;
        Transaction = null;
        State = State == SessionState.Fresh ? SessionState.Fresh : SessionState.Greeted;
        _idleCommands = accepted ? 0 : _idleCommands;
        return ended;
    }

    /// <summary>A transaction that RSET, EHLO or a fault ended and that still holds what it received.</summary>
    public Transaction? Abandoned { get; set; }

    private static Step.Say Say(Reply reply) => new(reply);

    // What must happen before anything else, in this order.
    private Reply? Gate() =>
        profile.TlsRequired && Tls is null ? Replies.TlsRequired
        : profile.ClientCertificateRequired && Tls?.ClientCertificate is null ? Replies.ClientCertificateRequired
        : AwaitsLogin ? Replies.AuthRequired
        : null;

    private Step.Say Reset()
    {
        Abandoned = EndTransaction();
        return Say(Replies.Ok);
    }

    private Step.Say Greet(string client, bool extended)
    {
        Abandoned = EndTransaction();                                      // RFC 5321 §4.1.4: EHLO resets like RSET
        Helo = client;
        Extended = extended;
        State = SessionState.Greeted;
        return Say(extended ? new Reply(250, null, Keywords()) : new Reply(250, null, profile.Hostname));
    }

    private string Keywords()
    {
        string text = $"{profile.Hostname}\nPIPELINING\nSIZE {limits.MessageSize}\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES\nCHUNKING\nDSN\nLIMITS RCPTMAX={limits.Recipients}";
        if (profile.Tls is not null && Tls is null)
        {
            text += "\nSTARTTLS";
        }

        if (profile.OffersRequireTls && Tls is not null)
        {
            text += "\nREQUIRETLS";                                        // RFC 8689 §2: only inside TLS
        }

        if (profile.OffersTraceContext)
        {
            text += "\nXTRACEPARENT";
        }

        if (profile.Authenticator is not null && Tls is not null)
        {
            text += "\nAUTH " + Mechanisms.Offer(Tls);
        }

        return text;
    }

    private Step.Say Begin(SmtpCommand.Mail mail)
    {
        long sizeLimit = Math.Min(limits.MessageSize, Login?.MaxMessageSize ?? long.MaxValue);
        Reply? refusal =
            mail.Parameters.Size > sizeLimit ? Replies.TooLarge
            : mail.Parameters is { NonAsciiPath: true, SmtpUtf8: false } ? Replies.Utf8Required
            : mail.Parameters.RequireTls && !profile.OffersRequireTls ? Replies.UnknownParameter("REQUIRETLS")
            : mail.Parameters.TraceParent is not null && !profile.OffersTraceContext ? Replies.UnknownParameter("XTRACEPARENT")
            : mail.Parameters.RequireTls && Tls is null ? Replies.RequireTlsRefused
            : Login is null ? null
            : mail.ReversePath is null ? (Login.IsService ? null : Replies.NoNullSender)
            : profile.ChecksSender && !Login.MaySendAs(mail.ReversePath) ? Replies.NotYourSender
            : null;
        if (refusal is not null)
        {
            return Say(refusal);
        }

        Transaction = new Transaction(mail.ReversePath, mail.Parameters);
        State = SessionState.Mail;
        return Say(Replies.SenderOk);
    }

    private Step.Say Add(SmtpCommand.Rcpt rcpt)
    {
        if (rcpt.Parameters.NonAsciiPath && !Transaction!.Parameters.SmtpUtf8)
        {
            return Say(Replies.Utf8Required);
        }

        if (Transaction!.RecipientCount >= limits.Recipients)
        {
            return Say(Replies.TooManyRecipients);                         // §4.5.3.1.10: for this one only
        }

        Mailbox recipient = rcpt.ForwardPath ?? new Mailbox(Postmaster, DomainName.TryParse(profile.Hostname, out DomainName here) ? here : default);
        if (profile.RefusesRecipient?.Invoke(recipient) is { } refusal)
        {
            return Say(refusal);
        }

        Transaction.Add(recipient, rcpt.Parameters);
        State = SessionState.Rcpt;
        return Say(Replies.RecipientOk);
    }
}
