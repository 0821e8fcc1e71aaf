using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Tracing;

namespace Ptt.Web.Queue;

/// <summary>Opens the spool before mail is accepted, takes up the bulk orders, and carries the stories on while it runs.</summary>
internal sealed class QueueWorker(SqliteSpool spool, Narrator narrator, QueueJobs jobs, Census census, DiskAlarm disk, QueueMetrics metrics) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _ = (spool, metrics);   // made by being asked for
        return Task.Run(async () =>
        {
            jobs.Resume();
            census.Reading();   // of a long queue the first count is ready when somebody asks
            await Task.WhenAll(narrator.RunAsync(stoppingToken), disk.RunAsync(stoppingToken));
        }, CancellationToken.None);
    }
}
