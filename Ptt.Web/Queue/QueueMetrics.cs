using System.Diagnostics.Metrics;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Web.Queue;

/// <summary>The queue in numbers, for the metrics. Destinations and addresses are no labels: there is no end of them.</summary>
internal sealed class QueueMetrics
{
    public const string MeterName = "Ptt.Queue";

    public QueueMetrics(SqliteSpool spool, QueueReader reader, IMeterFactory meters, TimeProvider time)
    {
        Meter meter = meters.Create(MeterName);
        meter.CreateObservableGauge("ptt.queue.depth", () => spool.Hands.Depth, "{message}", "Messages in the queue");
        meter.CreateObservableGauge("ptt.queue.oldest.age", () => reader.Oldest() is { } oldest ? Math.Max(0, (time.GetUtcNow() - oldest).TotalSeconds) : 0,
            "s", "Age of the oldest message in the queue");
        meter.CreateObservableCounter("ptt.queue.commits", () => spool.Written.Commits, "{commit}", "Synced commits of the spool");
        meter.CreateObservableCounter("ptt.queue.jobs", () => spool.Written.Jobs, "{job}", "What was written in these commits");
        meter.CreateObservableGauge("ptt.queue.refusing", () => spool.Room.IsLow ? 1 : 0, null, "1 while new mail is refused for want of room");
    }
}
