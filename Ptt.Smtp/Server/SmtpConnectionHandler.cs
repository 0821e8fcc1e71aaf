using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Ptt.Smtp.Server;

/// <summary>Where Kestrel's connections become SMTP sessions; one for each listener.</summary>
public sealed class SmtpConnectionHandler(
    ListenerProfile profile, Func<Limits> limits, TimeProvider time, ServerMetrics metrics, ILogger<SmtpConnectionHandler> logger,
    SessionTraceHub? traces = null) : ConnectionHandler
{
    public override Task OnConnectedAsync(ConnectionContext connection) =>
        new SmtpSession(connection, profile, limits(), time, metrics, logger, traces).RunAsync();
}
