using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Tracing;

namespace Ptt.Web.Queue;

/// <summary>Opens the spool before mail is accepted, and carries the stories on while it runs.</summary>
internal sealed class QueueWorker(SqliteSpool spool, Narrator narrator, QueueMetrics metrics) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _ = (spool, metrics);   // made by being asked for
        return Task.Run(() => narrator.RunAsync(stoppingToken), CancellationToken.None);
    }
}
