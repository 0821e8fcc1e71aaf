using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;
using Ptt.Mail;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Sasl;
using Ptt.Smtp.Transport;

namespace Ptt.Smtp.Server;

/// <summary>
/// One session of RFC 5321 §3, from the greeting to the end: hears a command, asks <see cref="Dialogue"/> what to do about it, does it. Messages are
/// taken by its <see cref="Reception"/>. Nothing that is thrown in it leaves it.
/// </summary>
internal sealed partial class SmtpSession
{
    private readonly ConnectionContext _connection;
    private readonly ListenerProfile _profile;
    private readonly Limits _limits;
    private readonly TimeProvider _time;
    private readonly ServerMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Wire _wire;
    private readonly LineListener _lines;
    private readonly Dialogue _dialogue;
    private readonly Reception _reception;
    private readonly IPAddress _client;
    private int _loginFailures;
    private TlsLayer? _tls;

    public SmtpSession(ConnectionContext connection, ListenerProfile profile, Limits limits, TimeProvider time, ServerMetrics metrics, ILogger logger, SessionTraceHub? traces)
    {
        (_connection, _profile, _limits, _time, _metrics, _logger) = (connection, profile, limits, time, metrics, logger);
        IPAddress client = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        _client = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        _wire = new Wire(connection, limits, time, traces is null ? null : new SessionTrace(traces, connection.ConnectionId, _client, time));
        _lines = new LineListener(_wire);
        _dialogue = new Dialogue(profile, limits);
        _reception = new Reception(connection.ConnectionId, _client, profile, limits, time, metrics, logger, _wire, _dialogue);
    }

    public async Task RunAsync()
    {
        _metrics.SessionBegan(_profile.Role);
        using CancellationTokenRegistration stop = _connection.Features.Get<IConnectionLifetimeNotificationFeature>()
            ?.ConnectionClosedRequested.UnsafeRegister(static wire => ((Wire)wire!).Stop(), _wire) ?? default;
        try
        {
            if (_connection.Features.Get<TlsFacts>() is { } tls)
            {
                _dialogue.SecuredBy(tls);                                  // implicit TLS: the listener has done it
                _wire.Trace?.Note(tls.Description);
            }

            _wire.Say(Replies.Greeting(_profile.Hostname));
            while (await TurnAsync())
            {
                await DropAsync(_dialogue.Abandoned);
                _dialogue.Abandoned = null;
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            Lost(_connection.ConnectionId, gone.Message);
        }
        catch (Exception fault)
        {
            Faulted(_connection.ConnectionId, fault);                      // the log has the detail, the client 421, the server goes on
            await LastWordsAsync();
        }
        finally
        {
            await DropAsync(_dialogue.Abandoned);
            await DropAsync(_dialogue.EndTransaction());
            if (_tls is not null)
            {
                await _tls.DisposeAsync();
            }

            if (_dialogue.Login is { } login)
            {
                _profile.LoginSessions.Leave(login);
            }

            _wire.Trace?.Note("the session ended");
            _wire.Dispose();
            _metrics.SessionEnded(_profile.Role);
        }
    }

    // One command and its answer; false ends the session.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TurnAsync()
    {
        if (_wire.IsStopping)
        {
            return await CloseAsync(Replies.ShuttingDown);                 // RFC 5321 §3.8
        }

        TimeSpan timeout = _dialogue.AwaitsLogin ? _limits.BeforeLoginTimeout : _limits.CommandTimeout;
        (Heard heard, SmtpCommand? command, Reply? refusal, bool fatal) = await _lines.HearAsync(CommandReader.Read, authentication: false, timeout, stoppable: true);
        Step step = heard switch
        {
            Heard.TimedOut => new Step.Close(Replies.TimedOut),
            Heard.Stopping => new Step.Close(Replies.ShuttingDown),
            Heard.Gone => new Step.Close(Silence),
            _ when fatal => new Step.Close(refusal!),
            _ when refusal is not null => _dialogue.Refused(new Step.Say(refusal)),
            _ => _dialogue.Handle(command!),
        };

        return step switch
        {
            Step.Say say => Say(say.Reply),
            Step.Close close => ReferenceEquals(close.Reply, Silence) ? false : await CloseAsync(close.Reply),
            Step.StartTls => await StartTlsAsync(),
            Step.Authenticate authenticate => await AuthenticateAsync(authenticate.Command),
            Step.ReceiveData => await AnswerAsync(await _reception.DataAsync()),
            Step.ReceiveChunk chunk => await AnswerAsync(await _reception.ChunkAsync(chunk.Command)),
            Step.DiscardChunk discard => await AnswerAsync(await _reception.DiscardAsync(discard)),
            _ => throw new InvalidOperationException($"No such step: {step}"),
        };
    }

    // Stands for having nothing to say.
    private static readonly Reply Silence = new(0, null, "");

    private bool Say(Reply reply)
    {
        _wire.Say(reply);
        return true;
    }

    private ValueTask<bool> AnswerAsync(Answer answer) =>
        !answer.IsOver && answer.Reply is { Code: not 421 } reply ? ValueTask.FromResult(Say(reply))
        : answer.Reply is { } lastWords ? CloseAsync(lastWords)
        : ValueTask.FromResult(false);

    private async ValueTask<bool> CloseAsync(Reply lastWords)
    {
        _wire.Say(lastWords);
        await _wire.FlushAsync();
        return false;
    }

    private async ValueTask LastWordsAsync()
    {
        try
        {
            await CloseAsync(Replies.Fault);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or InvalidOperationException)
        {
            Lost(_connection.ConnectionId, gone.Message);
        }
    }

    private async ValueTask<bool> StartTlsAsync()
    {
        // Plaintext that follows STARTTLS was sent before the handshake, perhaps by someone else: refuse it rather than carry it
        // into the protected session (RFC 3207 §4: STARTTLS ends a command group).
        if (_wire.HasUnread())
        {
            return await CloseAsync(Replies.DataAfterStartTls);
        }

        _wire.Say(Replies.ReadyForTls);
        if (!await _wire.FlushAsync())
        {
            return false;
        }

        _tls = await TlsLayer.UpgradeAsync(
            _connection, _profile.Tls!, _limits.HandshakeTimeout, _time, fault => HandshakeFailed(_connection.ConnectionId, _client, fault.Message), CancellationToken.None);
        if (_tls is null)
        {
            return false;
        }

        _dialogue.SecuredBy(_tls.Facts);
        _wire.Trace?.Note(_tls.Facts.Description);
        return true;
    }

    private async ValueTask<bool> AuthenticateAsync(SmtpCommand.Auth command)
    {
        var conversation = new AuthConversation(_wire, _lines, _profile.Authenticator!, _dialogue.Tls!, _client, _limits);
        AuthResult result = await conversation.RunAsync(command, _connection.ConnectionClosed);
        if (result.IsOver)
        {
            return result.Reply is { } last && await CloseAsync(last);
        }

        _metrics.Login(command.Mechanism is "PLAIN" or "LOGIN" or "SCRAM-SHA-256" or "SCRAM-SHA-256-PLUS" ? command.Mechanism : "other", result.Reply!.Code);
        if (result.Login is { } login)
        {
            if (!_profile.LoginSessions.TryEnter(login))
            {
                return Say(Replies.TooManyLoginSessions);
            }

            _dialogue.LoggedIn(login);
            _wire.Trace?.LoggedIn(login.Address.ToString());
            LoggedIn(_connection.ConnectionId, login.Address, command.Mechanism, _client);
            return Say(result.Reply);
        }

        LoginRefused(_connection.ConnectionId, command.Mechanism, _client, result.Reply.Code);
        if (result.WrongCredentials && ++_loginFailures >= _limits.LoginFailures)
        {
            _wire.Say(result.Reply);
            return await CloseAsync(Replies.TooManyAuthFailures);
        }

        return _dialogue.Refused(new Step.Say(result.Reply)) is Step.Close close ? await CloseAsync(close.Reply) : Say(result.Reply);
    }

    private static ValueTask DropAsync(Transaction? transaction) => transaction?.DisposeAsync() ?? ValueTask.CompletedTask;

    [LoggerMessage(1100, LogLevel.Error, "Session {SessionId} faulted")]
    private partial void Faulted(string sessionId, Exception fault);

    [LoggerMessage(1101, LogLevel.Information, "Session {SessionId}: {Login} logged in by {Mechanism} from {Client}")]
    private partial void LoggedIn(string sessionId, Mailbox login, string mechanism, IPAddress client);

    [LoggerMessage(1102, LogLevel.Information, "Session {SessionId}: AUTH {Mechanism} from {Client} answered {Code}")]
    private partial void LoginRefused(string sessionId, string mechanism, IPAddress client, int code);

    [LoggerMessage(1103, LogLevel.Information, "Session {SessionId}: no TLS with {Client}: {Reason}")]
    private partial void HandshakeFailed(string sessionId, IPAddress client, string reason);

    [LoggerMessage(1104, LogLevel.Debug, "Session {SessionId} was lost: {Reason}")]
    private partial void Lost(string sessionId, string reason);
}
