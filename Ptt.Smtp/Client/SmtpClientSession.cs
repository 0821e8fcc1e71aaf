using System.Net;
using System.Runtime.CompilerServices;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Client;

/// <summary>
/// One SMTP conversation as the client (RFC 5321 §3): opened to a host at an address under a TLS policy, then any number of
/// transactions, one after another. It owns the connection and knows nothing of queues, retries or MX records. What the remote
/// says is a <see cref="Reply"/>, and so is what keeps it from saying anything.
/// </summary>
public sealed class SmtpClientSession : IAsyncDisposable
{
    private readonly ClientWire _wire;
    private readonly ClientTimeouts _timeouts;

    private SmtpClientSession(ClientWire wire, ClientTimeouts timeouts, SessionTarget target)
    {
        _wire = wire;
        _timeouts = timeouts;
        Target = target;
    }

    public SessionTarget Target { get; }

    public PeerExtensions Peer { get; private set; } = PeerExtensions.None;

    /// <summary>Null in the clear.</summary>
    public TlsFacts? Tls { get; private set; }

    /// <summary>Our end of the connection.</summary>
    public IPAddress? LocalAddress { get; private init; }

    /// <summary>Transactions begun on this connection.</summary>
    public int Transactions { get; private set; }

    /// <summary>True while another transaction may be begun.</summary>
    public bool IsUsable => _wire.Fault is null && !IsClosing;

    internal bool IsClosing { get; set; }

    /// <summary>The last transaction was left open: RSET goes out in front of the next.</summary>
    internal bool NeedsReset { get; set; }

    internal ClientWire Wire => _wire;

    internal ClientTimeouts Timeouts => _timeouts;

    /// <summary>
    /// Connects to the first of <paramref name="targets"/> that answers (they are addresses of one host), reads the greeting, says EHLO and
    /// raises TLS as the policy wants.
    /// </summary>
    public static async ValueTask<SessionOpening> OpenAsync(
        IReadOnlyList<SessionTarget> targets, string heloName, Dialer dialer, ClientTimeouts timeouts, TimeProvider time, CancellationToken cancellationToken)
    {
        Dialled dialled = await dialer.DialAsync(targets, timeouts.Connect, cancellationToken).ConfigureAwait(false);
        if (dialled.Socket is null)
        {
            return new SessionOpening.Refused(SmtpPhase.Connect, dialled.Failed[^1].Reply, null) { NotReached = dialled.Failed };
        }

        var session = new SmtpClientSession(new ClientWire(dialled.Socket, time), timeouts, dialled.Target!)
        {
            LocalAddress = (dialled.Socket.LocalEndPoint as IPEndPoint)?.Address,
        };
        using CancellationTokenRegistration stop = session._wire.StopOn(cancellationToken);
        if (await session.GreetAsync(dialled.Target!.HeloName ?? heloName).ConfigureAwait(false) is { } refused)
        {
            await session.DisposeAsync().ConfigureAwait(false);
            return refused with { Target = dialled.Target, NotReached = dialled.Failed, LocalAddress = session.LocalAddress };
        }

        return new SessionOpening.Opened(session) { NotReached = dialled.Failed };
    }

    /// <summary>
    /// Sends one message to some recipients. With <paramref name="allOrNothing"/> the content goes only when every recipient was
    /// taken: for a next hop that answers with one reply for all.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TransactionResult> TransactAsync(
        Envelope envelope, IReadOnlyList<Recipient> recipients, MessageContent content, bool allOrNothing, CancellationToken cancellationToken)
    {
        Transactions++;
        using CancellationTokenRegistration stop = _wire.StopOn(cancellationToken);
        return await new ClientTransaction(this, envelope, recipients, content, allOrNothing).RunAsync().ConfigureAwait(false);
    }

    /// <summary>Says QUIT and waits a moment for the answer, so that the remote sees an orderly end.</summary>
    public async ValueTask QuitAsync(CancellationToken cancellationToken)
    {
        if (_wire.Fault is null)
        {
            using CancellationTokenRegistration stop = _wire.StopOn(cancellationToken);
            await CommandAsync("QUIT", _timeouts.Quit).ConfigureAwait(false);
        }

        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>False when the remote closed the connection, or said something (421), while it lay idle.</summary>
    public bool IsAlive() => IsUsable && _wire.IsQuiet();

    public ValueTask DisposeAsync() => _wire.DisposeAsync();

    private async ValueTask<SessionOpening.Refused?> GreetAsync(string heloName)
    {
        if (Target.Tls.Implicit && await HandshakeAsync().ConfigureAwait(false) is { } broken)
        {
            return broken;
        }

        Reply greeting = await _wire.ReadReplyAsync(_timeouts.Greeting, "the greeting").ConfigureAwait(false);
        if (greeting.Code != 220)
        {
            return Refused(SmtpPhase.Greeting, greeting);
        }

        if (await EhloAsync(heloName).ConfigureAwait(false) is { } noEhlo)
        {
            return noEhlo;
        }

        if (Tls is null && Target.Tls.Demand != TlsDemand.None
            && await StartTlsAsync(heloName).ConfigureAwait(false) is { } noTls)
        {
            return noTls;
        }

        return Target.Credentials is { } credentials && await ClientAuth.LogInAsync(this, credentials).ConfigureAwait(false) is { } refusal
            ? Refused(SmtpPhase.Auth, refusal)
            : null;
    }

    private async ValueTask<SessionOpening.Refused?> EhloAsync(string heloName)
    {
        Reply reply = await CommandAsync("EHLO " + heloName, _timeouts.Ehlo).ConfigureAwait(false);
        if (reply.Code == 250)
        {
            Peer = PeerExtensions.Parse(reply.Text);
            Peer = Target.IsOurs ? Peer : Peer with { TraceContext = false };   // whatever a stranger offers
            return null;
        }

        // RFC 5321 §3.2: a server that does not know EHLO still knows HELO; but then there is no STARTTLS.
        if (reply.IsPermanent && _wire.Fault is null && !Target.Tls.IsRequired)
        {
            reply = await CommandAsync("HELO " + heloName, _timeouts.Ehlo).ConfigureAwait(false);
            if (reply.Code == 250)
            {
                return null;
            }
        }

        return Refused(SmtpPhase.Ehlo, reply);
    }

    private async ValueTask<SessionOpening.Refused?> StartTlsAsync(string heloName)
    {
        if (!Peer.StartTls)
        {
            return Target.Tls.IsRequired ? Refused(SmtpPhase.StartTls, ClientReplies.TlsNotOffered, TlsFailure.StartTlsNotSupported) : null;
        }

        Reply reply = await CommandAsync("STARTTLS", _timeouts.Ehlo).ConfigureAwait(false);
        if (reply.Code != 220)
        {
            // RFC 3207 §4: the session goes on in the clear, where the policy lets it.
            return Target.Tls.IsRequired || !IsUsable ? Refused(SmtpPhase.StartTls, reply, TlsFailure.StartTlsNotSupported) : null;
        }

        if (await HandshakeAsync().ConfigureAwait(false) is { } broken)
        {
            return broken;
        }

        Peer = PeerExtensions.None;                                  // RFC 3207 §4.2: what was learned in the clear is forgotten
        return await EhloAsync(heloName).ConfigureAwait(false);
    }

    private async ValueTask<SessionOpening.Refused?> HandshakeAsync()
    {
        var tls = new ClientTls(Target);
        if (await _wire.UpgradeAsync(tls.Options(), _timeouts.Tls).ConfigureAwait(false) is { } fault)
        {
            return tls.Problem is { } problem
                ? new SessionOpening.Refused(SmtpPhase.StartTls, new Reply(451, new(7, 5), $"TLS: {problem.Words}"), problem.Failure)
                : new SessionOpening.Refused(SmtpPhase.StartTls, fault, TlsFailure.Handshake);
        }

        Tls = tls.Facts(_wire.Tls!);
        return null;
    }

    internal async ValueTask<Reply> CommandAsync(string command, TimeSpan timeout, string? shownAs = null)
    {
        string what = "the reply to " + (shownAs ?? command.Split(' ')[0]);
        _wire.WriteAscii(command);
        _wire.WriteAscii("\r\n");
        if (!await _wire.FlushAsync(timeout, what).ConfigureAwait(false))
        {
            return _wire.Fault!;
        }

        Reply reply = await _wire.ReadReplyAsync(timeout, what).ConfigureAwait(false);
        IsClosing |= reply.Code == 421;                              // RFC 5321 §3.8
        return reply;
    }

    private SessionOpening.Refused Refused(SmtpPhase phase, Reply reply, TlsFailure? failure = null) => new(phase, reply, failure) { Tls = Tls };
}
