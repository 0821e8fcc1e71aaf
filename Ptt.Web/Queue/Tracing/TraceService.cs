using System.Buffers.Binary;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Web.Queue.Tracing;

/// <summary>What happened to every message, also to those that left the queue long ago. For the API and the pages.</summary>
internal sealed class TraceService(SqliteSpool spool, TraceFiles files, Narrator narrator, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(80), CatchUp = TimeSpan.FromMilliseconds(30), CatchUpOfLittle = TimeSpan.FromSeconds(2);

    /// <summary>The newest first, or the oldest. <paramref name="cursor"/> is what the page before calls its next. A page may be short and have a next one: then the search goes on there.</summary>
    public async ValueTask<TracePage> SearchAsync(TraceFilter filter, SpoolId? cursor, int limit, CancellationToken cancellationToken)
    {
        await narrator.CatchUpAsync(narrator.IsFarBehind() ? CatchUp : CatchUpOfLittle, cancellationToken);
        bool upwards = filter.OldestFirst == true;
        SpoolId start = filter.Since is { } since ? IdAt(since.ToUnixTimeMilliseconds()) : default;
        SpoolId end = filter.Until is { } until ? IdAt(until.ToUnixTimeMilliseconds() + 1) : LastId;
        if (cursor is { } at)
        {
            start = upwards && TraceDay.Compare(at, start) >= 0 ? Beside(at, 1) : start;
            end = !upwards && TraceDay.Compare(at, end) < 0 ? at : end;
        }

        var found = new SortedList<string, TracedMessage>(Comparer<string>.Create((a, b) => upwards ? string.CompareOrdinal(a, b) : string.CompareOrdinal(b, a)));
        foreach (TracedMessage message in InMemory(filter, start, end))
        {
            found[message.Id] = message;
        }

        SpoolId? broken = SearchDays(filter, start, end, limit, found, cancellationToken);
        if (broken is { } last)
        {
            // What lies beyond comes with the page on which the search goes on.
            foreach (string id in found.Keys.Where(id => found.Comparer.Compare(id, last.ToString()) > 0).ToArray())
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
        await narrator.CatchUpAsync(CatchUpOfLittle, cancellationToken);
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

    /// <summary>Not null: it took long, and goes on beyond this id.</summary>
    private SpoolId? SearchDays(
        TraceFilter filter, SpoolId start, SpoolId end, int limit, SortedList<string, TracedMessage> found, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        bool upwards = filter.OldestFirst == true;
        bool GoOn() => time.GetElapsedTime(started) < Patience;
        IEnumerable<DateOnly> days = files.Days().Where(d => d <= TraceFiles.DayOf(end) && d >= TraceFiles.DayOf(start));
        foreach (DateOnly date in upwards ? days.Reverse() : days)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (found.Count > limit)
            {
                return null;
            }

            if (!GoOn())
            {
                return upwards ? Beside(Midnight(date), -1) : Midnight(date.AddDays(1));
            }

            var messages = new List<TracedMessage>();
            using var day = new TraceDay(files.PathOf(date));
            SpoolId? broken = day.Search(filter, start, end, limit + 1, GoOn, messages);
            foreach (TracedMessage message in messages)
            {
                found[message.Id] = message;
            }

            if (broken is { } at)
            {
                return upwards ? Beside(at, -1) : at;
            }
        }

        return null;
    }

    private static SpoolId LastId => new(new Guid("ffffffff-ffff-7fff-bfff-ffffffffffff"));

    private static SpoolId Midnight(DateOnly date) => IdAt(new DateTimeOffset(date, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeMilliseconds());

    private static SpoolId IdAt(long milliseconds)
    {
        Span<byte> octets = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(octets, Math.Max(0, milliseconds) << 16 | 0x7000);
        return SpoolIds.FromOctets(octets);
    }

    /// <summary>The next id in the order of the trace, or the one before.</summary>
    private static SpoolId Beside(SpoolId id, int step)
    {
        byte[] octets = SpoolIds.Octets(id);
        BinaryPrimitives.WriteUInt128BigEndian(octets, unchecked(BinaryPrimitives.ReadUInt128BigEndian(octets) + (UInt128)step));
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
