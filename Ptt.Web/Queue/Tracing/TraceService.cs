using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Web.Queue.Tracing;

/// <summary>What happened to every message, also to those that left the queue long ago. For the API and the pages.</summary>
internal sealed class TraceService(SqliteSpool spool, TraceFiles files, Narrator narrator, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100), CatchUp = TimeSpan.FromMilliseconds(30);

    /// <summary>The newest first. A page may be short and have a next one: then the search goes on there.</summary>
    public async ValueTask<TracePage> SearchAsync(TraceFilter filter, SpoolId? before, int limit, CancellationToken cancellationToken)
    {
        await narrator.CatchUpAsync(cancellationToken, CatchUp);
        SpoolId end = before ?? LastId;
        if (filter.Until is { } until && SpoolIds.MomentOf(end) > until)
        {
            end = IdAt(until.AddMilliseconds(1));
        }

        SpoolId start = filter.Since is { } since ? IdAt(since) : default;
        var found = new SortedList<string, TracedMessage>(Comparer<string>.Create((a, b) => string.CompareOrdinal(b, a)));
        foreach (TracedMessage message in InMemory(filter, start, end))
        {
            found[message.Id] = message;
        }

        SpoolId? broken = SearchDays(filter, start, end, limit, found, cancellationToken);
        if (broken is { } at)
        {
            // What is older comes with the page on which the search goes on.
            foreach (string id in found.Keys.Where(id => string.CompareOrdinal(id, at.ToString()) < 0).ToArray())
            {
                found.Remove(id);
            }
        }

        TracedMessage[] items = [.. found.Values.Take(limit)];
        return new TracePage(items, found.Count > limit ? items[^1].Id : broken?.ToString());
    }

    /// <summary>Null when nothing is known of it, or no more.</summary>
    public async ValueTask<TracedStory?> FindAsync(SpoolId id, CancellationToken cancellationToken)
    {
        await narrator.CatchUpAsync(cancellationToken);
        string path = files.PathOf(TraceFiles.DayOf(id));
        if (File.Exists(path))
        {
            using var day = new TraceDay(path);
            if (day.Find(id) is { } story)
            {
                return story;
            }
        }

        return spool.Hands.InMemory().Find(m => m.Id == id) is { } message ? new TracedStory(Of(message), []) : null;
    }

    /// <summary>Not null: it took long, and goes on before this id.</summary>
    private SpoolId? SearchDays(
        TraceFilter filter, SpoolId start, SpoolId end, int limit, SortedList<string, TracedMessage> found, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        bool GoOn() => time.GetElapsedTime(started) < Patience;
        foreach (DateOnly date in files.Days().Where(d => d <= TraceFiles.DayOf(end) && d >= TraceFiles.DayOf(start)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (found.Count > limit)
            {
                return null;
            }

            if (!GoOn())
            {
                return IdAt(new DateTimeOffset(date.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero));
            }

            var messages = new List<TracedMessage>();
            using var day = new TraceDay(files.PathOf(date));
            SpoolId? broken = day.Search(filter, start, end, limit + 1, GoOn, messages);
            foreach (TracedMessage message in messages)
            {
                found[message.Id] = message;
            }

            if (broken is not null)
            {
                return broken;
            }
        }

        return null;
    }

    private static SpoolId LastId => new(new Guid("ffffffff-ffff-7fff-bfff-ffffffffffff"));

    private static SpoolId IdAt(DateTimeOffset moment)
    {
        Span<byte> octets = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(octets, Math.Max(0, moment.ToUnixTimeMilliseconds()) << 16 | 0x7000);
        return SpoolIds.FromOctets(octets);
    }

    private IEnumerable<TracedMessage> InMemory(TraceFilter filter, SpoolId start, SpoolId end) =>
        from message in spool.Hands.InMemory()
        where TraceDay.Compare(message.Id, start) >= 0 && TraceDay.Compare(message.Id, end) < 0
        let traced = Of(message)
        where filter.Keys.All(k => TraceDay.Holds(traced, k))
        where filter.State is null or "queued"
        where filter.Text is null || new[] { traced.Subject, traced.From, traced.MessageId, traced.Sender }.Concat(traced.Recipients.Select(r => r.Address))
            .Any(t => t?.Contains(filter.Text, StringComparison.OrdinalIgnoreCase) == true)
        select traced;

    private static TracedMessage Of(SpooledMessage message) => new(
        message.Id.ToString(), message.AcceptedAt, message.Envelope.ReversePath?.ToString() ?? "", message.Envelope.Origin.Login?.Address.ToString(),
        message.Size, message.Facts.From, message.Facts.Subject, message.Facts.MessageId, message.Envelope.Origin.Client?.ToString(), message.Envelope.Origin.Tls,
        [.. message.Envelope.Recipients.Select(r => new TracedRecipient(r.Address.ToString(), "queued", message.AcceptedAt, null))]);
}
