using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Server;
using Ptt.Smtp.Transport;

namespace Ptt.Web.Listeners;

/// <summary>What happens to a connection before it is a session: it is counted or refused, and TLS begins where it is implicit.</summary>
internal sealed partial class SmtpListener(
    ListenerOptions options, ListenerProfile profile, ITlsIdentity tls, Admission admission, Func<Limits> limits, TimeProvider time,
    ServerMetrics metrics, SessionTraceHub traces, ILoggerFactory loggers)
{
    private readonly SmtpConnectionHandler _handler = new(profile, limits, time, metrics, loggers.CreateLogger<SmtpConnectionHandler>(), traces);
    private readonly ILogger _logger = loggers.CreateLogger<SmtpListener>();
    private ListenOptions? _bound;

    public ListenerOptions Options => options;

    /// <summary>With the port that was really opened, once it was.</summary>
    public EndPoint? EndPoint => _bound?.EndPoint;

    public void Configure(ListenOptions listen)
    {
        _bound = listen;
        listen.Protocols = HttpProtocols.None;                             // or Kestrel would offer h2 by ALPN
        if (options.ProxyProtocol)
        {
            listen.Use(next => connection => UnwrapAsync(connection, next));
        }

        listen.Use(next => connection => AdmitAsync(connection, next));
        if (options.Tls == ListenerTls.Implicit)
        {
            listen.Use(next => connection => SecureAsync(connection, next));
        }

        listen.Run(_handler.OnConnectedAsync);
    }

    // The client's own address, as a proxy that we trust tells it. Others may not tell us anything.
    private async Task UnwrapAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        IPAddress peer = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (!options.Trusts(peer))
        {
            await next(connection);
            return;
        }

        using var late = new CancellationTokenSource(limits().HandshakeTimeout, time);
        while (true)
        {
            ReadResult result;
            try
            {
                result = await connection.Transport.Input.ReadAsync(late.Token);
            }
            catch (OperationCanceledException)
            {
                BadProxy(peer);
                return;
            }

            ReadOnlySequence<byte> buffer = result.Buffer;
            ProxyParse parse = ProxyHeader.TryRead(ref buffer, out IPEndPoint? client);
            if (parse == ProxyParse.Malformed || (parse == ProxyParse.Incomplete && result.IsCompleted))
            {
                connection.Transport.Input.AdvanceTo(result.Buffer.End);
                BadProxy(peer);
                return;
            }

            connection.Transport.Input.AdvanceTo(buffer.Start, parse == ProxyParse.Complete ? buffer.Start : buffer.End);
            if (parse == ProxyParse.Complete)
            {
                connection.RemoteEndPoint = client ?? connection.RemoteEndPoint;
                await next(connection);
                return;
            }
        }
    }

    private async Task AdmitAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        IPAddress client = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        Limits now = limits();
        if (!admission.TryEnter(client, now.Sessions, now.SessionsPerAddress))
        {
            Refused(client, admission.Open);
            if (options.Tls != ListenerTls.Implicit)
            {
                ReplyWriter.Write(Replies.TooManySessions, connection.Transport.Output);
                await connection.Transport.Output.FlushAsync();
            }

            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            admission.Leave(client);
        }
    }

    private async Task SecureAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        await using TlsLayer? layer = await TlsLayer.UpgradeAsync(
            connection, tls, limits().HandshakeTimeout, time, fault => NoTls(connection.ConnectionId, connection.RemoteEndPoint, fault.Message), CancellationToken.None);
        if (layer is not null)
        {
            connection.Features.Set(layer.Facts);
            await next(connection);
        }
    }

    [LoggerMessage(3110, LogLevel.Warning, "Refused a session of {Client}: {Open} are open")]
    private partial void Refused(IPAddress client, int open);

    [LoggerMessage(3113, LogLevel.Warning, "The proxy {Peer} sent no PROXY header: connection closed")]
    private partial void BadProxy(IPAddress peer);

    [LoggerMessage(3111, LogLevel.Information, "Session {SessionId}: no TLS with {Client}: {Reason}")]
    private partial void NoTls(string sessionId, EndPoint? client, string reason);
}
