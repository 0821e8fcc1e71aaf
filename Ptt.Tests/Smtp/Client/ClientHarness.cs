using System.Net;
using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Client;

/// <summary>Opens sessions to a scripted server.</summary>
internal static class ClientHarness
{
    public static readonly AddressPolicy Loopback = new(allowPrivate: true);

    public static SessionTarget Target(ScriptedServer server, TlsPolicy? tls = null) => new("mx.test", server.EndPoint, tls ?? TlsPolicy.Opportunistic);

    public static ValueTask<SessionOpening> OpenAsync(
        ScriptedServer server, TlsPolicy? tls = null, TimeProvider? time = null, ClientCredentials? credentials = null) =>
        SmtpClientSession.OpenAsync([Target(server, tls) with { Credentials = credentials }], "client.test",
            new Dialer(Loopback, time ?? TimeProvider.System), new ClientTimeouts(), time ?? TimeProvider.System, CancellationToken.None);

    public static async Task<SmtpClientSession> SessionAsync(ScriptedServer server, TlsPolicy? tls = null, TimeProvider? time = null) =>
        Assert.IsType<SessionOpening.Opened>(await OpenAsync(server, tls, time)).Session;

    public static ValueTask<TransactionResult> SendAsync(
        this SmtpClientSession session, Envelope envelope, MessageContent? content = null, bool allOrNothing = false) =>
        session.TransactAsync(envelope, envelope.Recipients, content ?? Mails.Content(), allOrNothing, CancellationToken.None);

    public static SessionPool Pool(TimeProvider? time = null, int max = 50) => new(
        new Dialer(Loopback, time ?? TimeProvider.System),
        new SessionPoolOptions { HeloName = "client.test", MaxConnections = max }, time ?? TimeProvider.System);
}
