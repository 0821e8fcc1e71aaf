using System.Text.Json;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Tracing;

/// <summary>What happened to every message, also to those that left the queue long ago. For the API and the pages.</summary>
internal sealed class TraceService(SqliteSpool spool, TraceFiles files, Narrator narrator, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>The newest first. A page may be short and have a next one: then the search goes on there.</summary>
    public async ValueTask<TracePage> SearchAsync(TraceFilter filter, SpoolId? before, int limit, CancellationToken cancellationToken)
    {
        await narrator.CatchUpAsync(cancellationToken);
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

        long started = time.GetTimestamp();
        string? next = null;
        foreach (DateOnly day in files.Days().Where(d => d <= TraceFiles.DayOf(end) && d >= TraceFiles.DayOf(start)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (found.Count > limit)
            {
                break;
            }

            if (time.GetElapsedTime(started) > Patience)
            {
                next = IdAt(new DateTimeOffset(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero)).ToString();
                break;
            }

            foreach (TracedMessage message in Search(day, filter, start, end, limit + 1))
            {
                found[message.Id] = message;
            }
        }

        TracedMessage[] items = [.. found.Values.Take(limit)];
        return new TracePage(items, found.Count > limit ? items[^1].Id : next);
    }

    /// <summary>Null when nothing is known of it, or no more.</summary>
    public async ValueTask<TracedStory?> FindAsync(SpoolId id, CancellationToken cancellationToken)
    {
        await narrator.CatchUpAsync(cancellationToken);
        DateOnly day = TraceFiles.DayOf(id);
        if (File.Exists(files.PathOf(day)))
        {
            using SqliteFile file = SqliteFile.OpenReader(files.PathOf(day));
            using Statement row = file.Prepare($"SELECT {Columns} FROM message WHERE id = ?");
            if (row.Bind(1, SpoolIds.Octets(id)).Step())
            {
                return new TracedStory(Read(file, row), [.. Events(file, id)]);
            }
        }

        return spool.Hands.InMemory().Find(m => m.Id == id) is { } message ? new TracedStory(Of(message), []) : null;
    }

    private const string Columns = "id, sender, login, size, header_from, subject, message_id, client, tls";

    private static SpoolId LastId => new(new Guid("ffffffff-ffff-7fff-bfff-ffffffffffff"));

    private static SpoolId IdAt(DateTimeOffset moment)
    {
        Span<byte> octets = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(octets, Math.Max(0, moment.ToUnixTimeMilliseconds()) << 16 | 0x7000);
        return SpoolIds.FromOctets(octets);
    }

    private List<TracedMessage> Search(DateOnly day, TraceFilter filter, SpoolId start, SpoolId end, int limit)
    {
        var found = new List<TracedMessage>();
        using SqliteFile file = SqliteFile.OpenReader(files.PathOf(day));
        (string from, long? key) = filter.Keys is [{ } text, ..]
            ? ("lookup l JOIN message m ON m.id = l.id WHERE l.key = ?1 AND l.id >= ?2 AND l.id < ?3", TraceKey.Of(text))
            : ("message m WHERE m.id >= ?2 AND m.id < ?3 AND ?1 IS NULL", (long?)null);
        using Statement row = file.Prepare($"""
            SELECT {string.Join(", ", Columns.Split(", ").Select(c => "m." + c))} FROM {from}
            AND (?4 IS NULL OR m.subject LIKE ?4 ESCAPE '\' OR m.header_from LIKE ?4 ESCAPE '\' OR m.message_id LIKE ?4 ESCAPE '\' OR m.sender LIKE ?4 ESCAPE '\'
                 OR EXISTS (SELECT 1 FROM recipient r WHERE r.id = m.id AND r.address LIKE ?4 ESCAPE '\'))
            AND (?5 IS NULL OR EXISTS (SELECT 1 FROM recipient r WHERE r.id = m.id AND r.state = ?5))
            ORDER BY {(key is null ? "m.id" : "l.id")} DESC LIMIT ?6
            """);
        row.Bind(1, key).Bind(2, SpoolIds.Octets(start)).Bind(3, SpoolIds.Octets(end)).Bind(4, Like.Containing(filter.Text)).Bind(5, filter.State).Bind(6, limit);
        while (row.Step())
        {
            TracedMessage message = Read(file, row);
            if (filter.Keys.All(k => Holds(message, k)))
            {
                found.Add(message);
            }
        }

        return found;
    }

    private IEnumerable<TracedMessage> InMemory(TraceFilter filter, SpoolId start, SpoolId end) =>
        from message in spool.Hands.InMemory()
        where Compare(message.Id, start) >= 0 && Compare(message.Id, end) < 0
        let traced = Of(message)
        where filter.Keys.All(k => Holds(traced, k))
        where filter.State is null or "queued"
        where filter.Text is null || new[] { traced.Subject, traced.From, traced.MessageId, traced.Sender }.Concat(traced.Recipients.Select(r => r.Address))
            .Any(t => t?.Contains(filter.Text, StringComparison.OrdinalIgnoreCase) == true)
        select traced;

    private static int Compare(SpoolId a, SpoolId b) => string.CompareOrdinal(a.ToString(), b.ToString());

    private static bool Holds(TracedMessage message, string key)
    {
        bool Is(string? text) => text is not null && (string.Equals(text, key, StringComparison.OrdinalIgnoreCase)
            || text.EndsWith("@" + key, StringComparison.OrdinalIgnoreCase));
        return Is(message.Sender) || Is(message.Login) || message.Recipients.Any(r => Is(r.Address))
            || (message.MessageId is { } id && string.Equals(TraceKey.BareMessageId(id), key, StringComparison.OrdinalIgnoreCase));
    }

    private static TracedMessage Of(SpooledMessage message) => new(
        message.Id.ToString(), message.AcceptedAt, message.Envelope.ReversePath?.ToString() ?? "", message.Envelope.Origin.Login?.Address.ToString(),
        message.Size, message.Facts.From, message.Facts.Subject, message.Facts.MessageId, message.Envelope.Origin.Client?.ToString(), message.Envelope.Origin.Tls,
        [.. message.Envelope.Recipients.Select(r => new TracedRecipient(r.Address.ToString(), "queued", message.AcceptedAt, null))]);

    private static TracedMessage Read(SqliteFile file, Statement row)
    {
        SpoolId id = SpoolIds.FromOctets(row.Blob(0));
        var recipients = new List<TracedRecipient>();
        using Statement recipient = file.Prepare("SELECT address, state, at, reply FROM recipient WHERE id = ? ORDER BY number");
        recipient.Bind(1, SpoolIds.Octets(id));
        while (recipient.Step())
        {
            recipients.Add(new TracedRecipient(recipient.Text(0)!, recipient.Text(1)!, DateTimeOffset.FromUnixTimeMilliseconds(recipient.Int64(2)), recipient.Text(3)));
        }

        return new TracedMessage(id.ToString(), SpoolIds.MomentOf(id), row.Text(1)!, row.Text(2), row.Int64(3), row.Text(4), row.Text(5), row.Text(6),
            row.Text(7), row.Text(8), recipients);
    }

    private static IEnumerable<TracedEvent> Events(SqliteFile file, SpoolId id)
    {
        using Statement row = file.Prepare("SELECT told FROM event WHERE id = ? ORDER BY n");
        row.Bind(1, SpoolIds.Octets(id));
        while (row.Step())
        {
            Story story = JsonSerializer.Deserialize(row.Blob(0), SpoolJson.Default.Story)!;
            yield return new TracedEvent(
                DateTimeOffset.FromUnixTimeMilliseconds(story.At), story.What, story.By, story.Destination, story.Attempt == 0 ? null : story.Attempt,
                [.. story.Recipients.Select(r => new TracedOutcome(r.Address, r.State, r.Reply, r.Until is { } u ? DateTimeOffset.FromUnixTimeMilliseconds(u) : null))],
                [.. (story.Attempts ?? []).Select(a => new TracedAttempt(
                    DateTimeOffset.FromUnixTimeMilliseconds(a.At), a.Took, a.Host, a.Address, a.Tls, a.TlsPolicy, a.Certificate, a.Phase, a.Reply, a.PerhapsDelivered))]);
        }
    }
}
