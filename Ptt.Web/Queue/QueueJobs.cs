using System.Collections.Concurrent;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Web.Queue;

/// <summary>
/// Orders for everything that a filter finds, carried out in the background, some hundred messages at a time. A job walks the queue from
/// the newest to the oldest message that was there when it began.
/// </summary>
internal sealed partial class QueueJobs(SqliteSpool spool, QueueReader reader, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<QueueJobs> logger)
{
    private const int Chunk = 500;
    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, QueueJob> _jobs = [];

    public IReadOnlyList<QueueJob> All => [.. _jobs.Values.OrderByDescending(j => j.StartedAt)];

    public QueueJob? Find(string id) => _jobs.GetValueOrDefault(id);

    public QueueJob Start(QueueFilter filter, QueueOrder order)
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach (QueueJob old in _jobs.Values.Where(j => j.EndedAt < now - KeptFor))
        {
            _jobs.TryRemove(old.Id, out _);
        }

        var job = new QueueJob(Guid.CreateVersion7(now).ToString("N"), order.Verb, order.By, filter, spool.Hands.Depth, now);
        _jobs[job.Id] = job;
        job.Done = RunAsync(job, filter with { Until = filter.Until ?? now.AddMilliseconds(1) }, order, lifetime.ApplicationStopping);
        return job;
    }

    private async Task RunAsync(QueueJob job, QueueFilter filter, QueueOrder order, CancellationToken stopping)
    {
        try
        {
            await Task.Yield();
            string? cursor = null;
            do
            {
                QueuePage page = reader.List(filter, cursor, Chunk);
                SpoolId[] ids = [.. page.Items.Select(m => SpoolId.TryParse(m.Id, out SpoolId id) ? id : default)];
                job.Matched += ids.Length;
                job.Changed += ids.Length == 0 ? 0 : await spool.OrderAsync(ids, order);
                cursor = page.Next;
            }
            while (cursor is not null && !stopping.IsCancellationRequested);
            job.End(time.GetUtcNow(), stopping.IsCancellationRequested ? "The server stopped before it was done." : null);
        }
#pragma warning disable CA1031 // nobody awaits it: the job itself tells what became of it
        catch (Exception fault)
#pragma warning restore CA1031
        {
            JobFailed(job.Verb, fault);
            job.End(time.GetUtcNow(), "It failed; the log says why. Messages already changed stay so.");
        }
    }

    [LoggerMessage(5301, LogLevel.Error, "The bulk order {Verb} failed")]
    private partial void JobFailed(QueueVerb verb, Exception fault);
}

/// <summary>A bulk order and how far it is. <paramref name="Queued"/> is how many messages there were when it began.</summary>
internal sealed class QueueJob(string id, QueueVerb verb, string by, QueueFilter filter, long queued, DateTimeOffset startedAt)
{
    public string Id { get; } = id;

    public QueueVerb Verb { get; } = verb;

    public string By { get; } = by;

    public QueueFilter Filter { get; } = filter;

    public long Queued { get; } = queued;

    public DateTimeOffset StartedAt { get; } = startedAt;

    public long Matched { get; set; }

    public long Changed { get; set; }

    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>Why it did not do all of it; null when it did, or is still at it.</summary>
    public string? Fault { get; private set; }

    [System.Text.Json.Serialization.JsonIgnore]
    public Task Done { get; set; } = Task.CompletedTask;

    public void End(DateTimeOffset at, string? fault) => (EndedAt, Fault) = (at, fault);
}
