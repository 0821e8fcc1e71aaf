using System.Collections.Concurrent;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Web.Queue;

/// <summary>
/// Orders for everything that a filter finds, carried out in the background, some hundred messages at a time. A job walks the queue from
/// the newest to the oldest message that was there when it began; a restart, however sudden, only interrupts it.
/// </summary>
internal sealed partial class QueueJobs(
    SqliteSpool spool, QueueReader reader, QueueJobStore store, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<QueueJobs> logger)
{
    private const int Chunk = 500;
    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, QueueJob> _jobs = [];

    public IReadOnlyList<QueueJob> All => [.. _jobs.Values.OrderByDescending(j => j.StartedAt)];

    public QueueJob? Find(string id) => _jobs.GetValueOrDefault(id);

    /// <summary>Once, at the start: takes up what the last process left.</summary>
    public void Resume()
    {
        foreach (QueueJob job in store.Read())
        {
            if (_jobs.TryAdd(job.Id, job) && job.EndedAt is null)
            {
                JobResumed(job.Verb, job.Matched, job.Queued);
                job.Done = RunAsync(job, lifetime.ApplicationStopping);
            }
        }
    }

    /// <summary>It is on disk when the task completes, and will be carried out whatever happens.</summary>
    public async Task<QueueJob> StartAsync(QueueFilter filter, QueueOrder order)
    {
        await spool.Recovered;
        DateTimeOffset now = time.GetUtcNow();
        foreach (QueueJob old in _jobs.Values.Where(j => j.EndedAt < now - KeptFor))
        {
            _jobs.TryRemove(old.Id, out _);
            await store.ForgetAsync(old.Id);
        }

        var job = new QueueJob(Guid.CreateVersion7(now).ToString("N"), order.Verb, order.By, order.Text,
            filter with { Until = filter.Until ?? now.AddMilliseconds(1) }, spool.Hands.Depth, now);
        await store.AddAsync(job);
        _jobs[job.Id] = job;
        job.Done = RunAsync(job, lifetime.ApplicationStopping);
        return job;
    }

    private async Task RunAsync(QueueJob job, CancellationToken stopping)
    {
        await Task.Yield();
        try
        {
            do
            {
                await StepAsync(job);
            }
            while (job.Cursor is not null && !stopping.IsCancellationRequested);
            if (job.Cursor is null)
            {
                await EndAsync(job, null);
            }
        }
        catch (ObjectDisposedException)
        {
            // The spool is closed: the next start goes on.
        }
#pragma warning disable CA1031 // nobody awaits it: the job itself tells what became of it
        catch (Exception fault)
#pragma warning restore CA1031
        {
            JobFailed(job.Verb, fault);
            job.End(time.GetUtcNow(), "It failed; the log says why. Messages already changed stay so. It is taken up again after a restart.");
        }
    }

    private async Task StepAsync(QueueJob job)
    {
        QueuePage page = reader.List(job.Filter, job.Cursor, Chunk);
        SpoolId[] ids = [.. page.Items.Select(m => SpoolId.TryParse(m.Id, out SpoolId id) ? id : default)];
        long matched = job.Matched + ids.Length, changed = job.Changed;
        if (ids.Length > 0)
        {
            changed += await spool.OrderAsync(ids, new QueueOrder(job.Verb, job.By, job.Text),
                (database, touched) => QueueJobStore.Advance(database, job.Id, matched, job.Changed + touched, page.Next));
        }

        job.Advance(matched, changed, page.Next);
    }

    private async Task EndAsync(QueueJob job, string? fault)
    {
        DateTimeOffset now = time.GetUtcNow();
        await store.EndAsync(job.Id, now, fault);
        job.End(now, fault);
    }

    [LoggerMessage(5301, LogLevel.Error, "The bulk order {Verb} failed")]
    private partial void JobFailed(QueueVerb verb, Exception fault);

    [LoggerMessage(5302, LogLevel.Information, "The bulk order {Verb} goes on after a restart: {Matched} of {Queued} messages were looked at")]
    private partial void JobResumed(QueueVerb verb, long matched, long queued);
}
