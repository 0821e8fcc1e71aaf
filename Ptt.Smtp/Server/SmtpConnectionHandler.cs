using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Server;

/// <summary>
/// Where Kestrel's connections become SMTP sessions; one for each listener. Whatever a session throws ends here: the client hears 421, the log
/// has the detail, the server goes on.
/// </summary>
public sealed partial class SmtpConnectionHandler(
    ListenerProfile profile, Func<Limits> limits, TimeProvider time, ServerMetrics metrics, ILogger<SmtpConnectionHandler> logger,
    SessionTraceHub? traces = null) : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        try
        {
            await new SmtpSession(connection, profile, limits(), time, metrics, logger, traces).RunAsync();
        }
        catch (Exception fault)
        {
            SessionFaulted(connection.ConnectionId, fault);
            ReplyWriter.Write(Replies.Fault, connection.Transport.Output);
            await connection.Transport.Output.FlushAsync();
        }
    }

    [LoggerMessage(1100, LogLevel.Error, "Session {SessionId} faulted")]
    private partial void SessionFaulted(string sessionId, Exception fault);
}
