using System.Text;
using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Web.Access;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Web.Queue;

/// <summary>What administrators see of the queue and do to it; the API and the pages call nothing else. Every order is audited.</summary>
internal sealed class QueueService(
    SqliteSpool spool, QueueReader reader, QueueJobs jobs, Census census, Destinations destinations, IAuditLog audit) : IQueuedMail
{
    /// <summary>Messages, at no cost and exactly, as soon as a start has counted them.</summary>
    public long Depth => spool.Hands.Depth;

    public QueuePage List(QueueFilter filter, string? cursor, int limit) => reader.List(filter, cursor, limit);

    public QueuedDetail? Find(SpoolId id) => reader.Find(id, destinations.IsPaused);

    public QueueCounts Counts()
    {
        IReadOnlyList<DestinationCount> all = census.Reading().Destinations;
        long deliveries = all.Sum(d => d.Queued), active = all.Sum(d => d.Active), deferred = all.Sum(d => d.Deferred), held = all.Sum(d => d.Held);
        return new QueueCounts(Depth, deliveries, active, deliveries - active - deferred - held, deferred, held, reader.Oldest());
    }

    /// <summary>The header as it was accepted, at most its first 64 KiB; null when the message is gone.</summary>
    public async ValueTask<string?> HeaderAsync(SpoolId id, CancellationToken cancellationToken)
    {
        await using MessageContent? content = await spool.OpenAsync(id, cancellationToken);
        if (content is null)
        {
            return null;
        }

        byte[] head = new byte[(int)Math.Min(content.Length, 64 * 1024)];
        await using Stream stream = content.OpenRead();
        await stream.ReadExactlyAsync(head, cancellationToken);
        int end = head.AsSpan().IndexOf("\r\n\r\n"u8);
        return Encoding.UTF8.GetString(head, 0, end < 0 ? head.Length : end + 2);
    }

    /// <summary>The whole message; who reads it is audited. The caller disposes it; null when it is gone.</summary>
    public async ValueTask<MessageContent?> OpenAsync(SpoolId id, string by, CancellationToken cancellationToken)
    {
        MessageContent? content = await spool.OpenAsync(id, cancellationToken);
        if (content is not null)
        {
            await audit.RecordAsync(by, "queue.read", id.ToString(), null, cancellationToken);
        }

        return content;
    }

    /// <summary>How many of them were still there and are changed now.</summary>
    public async ValueTask<int> OrderAsync(IReadOnlyList<SpoolId> ids, QueueOrder order, CancellationToken cancellationToken)
    {
        int changed = await spool.OrderAsync(ids, order);
        foreach (SpoolId id in changed > 0 ? ids : [])
        {
            await audit.RecordAsync(order.By, ActionOf(order.Verb), id.ToString(), order.Text, cancellationToken);
        }

        return changed;
    }

    /// <summary>Whether the message is still queued.</summary>
    public bool Exists(SpoolId id) => reader.Find(id, _ => false) is not null;

    /// <summary>For all that the filter finds, in the background.</summary>
    public async ValueTask<QueueJob> OrderAllAsync(QueueFilter filter, QueueOrder order, CancellationToken cancellationToken)
    {
        QueueJob job = await jobs.StartAsync(filter, order);
        await audit.RecordAsync(order.By, ActionOf(order.Verb) + ".bulk", job.Id, filter.InWords(), cancellationToken);
        return job;
    }

    public IReadOnlyList<QueueJob> Jobs => jobs.All;

    public QueueJob? FindJob(string id) => jobs.Find(id);

    public async ValueTask<int> HoldAsync(Mailbox login, string reason, CancellationToken cancellationToken)
    {
        await spool.Recovered;
        string turn = login.ToString();
        List<long> waiting = await spool.WriteAsync(database => database.WaitingOf(turn));
        SpoolId[] ids = [.. spool.Hands.InMemory(turn).Select(m => m.Id).Concat(Ids(waiting)).Distinct()];
        return await InChunksAsync(ids, new QueueOrder(QueueVerb.Hold, "ptt", reason));
    }

    public async ValueTask<int> ReleaseAsync(Mailbox login, CancellationToken cancellationToken)
    {
        await spool.Recovered;
        List<long> held = await spool.WriteAsync(database => database.HeldOf(login.ToString()));
        return await InChunksAsync([.. Ids(held)], new QueueOrder(QueueVerb.Release, "ptt"));
    }

    private static string ActionOf(QueueVerb verb) => "queue." + verb.ToString().ToLowerInvariant();

    private async ValueTask<int> InChunksAsync(SpoolId[] ids, QueueOrder order)
    {
        int changed = 0;
        foreach (SpoolId[] chunk in ids.Chunk(500))
        {
            changed += await spool.OrderAsync(chunk, order);
        }

        return changed;
    }

    private IEnumerable<SpoolId> Ids(List<long> sequences)
    {
        using ReaderPool.Lent rented = spool.Readers.Rent();
        var ids = new List<SpoolId>(sequences.Count);
        foreach (long seq in sequences)
        {
            var row = rented.Statement("SELECT id FROM message WHERE seq = ?").Bind(1, seq);
            if (row.Step())
            {
                ids.Add(SpoolIds.FromOctets(row.Blob(0)));
                row.Reset();
            }
        }

        return ids;
    }
}
