using System.Text.Json;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Tracing;

/// <summary>One day of the trace, opened to be read.</summary>
internal sealed class TraceDay(string path) : IDisposable
{
    private const int Stretch = 4_000;
    private const string Columns = "m.id, m.sender, m.login, m.size, m.header_from, m.subject, m.message_id, m.client, m.tls";

    private readonly SqliteFile _file = SqliteFile.OpenReader(path);

    /// <summary>
    /// The newest messages in [<paramref name="start"/>, <paramref name="end"/>) into <paramref name="found"/>, or the oldest, up to <paramref name="limit"/>. What no index finds is
    /// looked for in stretches, and between them <paramref name="goOn"/> is asked. Null when it came to its end, otherwise the id before which to go on, or upwards from which.
    /// </summary>
    public SpoolId? Search(TraceFilter filter, SpoolId start, SpoolId end, int limit, Func<bool> goOn, List<TracedMessage> found)
    {
        bool upwards = filter.OldestFirst == true;
        long? key = filter.Keys is [{ } text, ..] ? TraceKey.Of(text) : null;
        bool walks = filter.Text is not null || filter.State is not null || filter.Keys.Count > 1;
        while (true)
        {
            SpoolId? turn = walks ? EndOfStretch(key, upwards ? start : end, upwards) : null;
            turn = turn is { } far && Compare(far, start) > 0 && Compare(far, end) < 0 ? far : null;
            Read(filter, key, upwards ? start : turn ?? start, upwards ? turn ?? end : end, limit, found);
            if (found.Count >= limit || turn is not { } at)
            {
                return null;
            }

            _ = upwards ? start = at : end = at;
            if (!goOn())
            {
                return at;
            }
        }
    }

    public TracedStory? Find(SpoolId id)
    {
        using Statement row = _file.Prepare($"SELECT {Columns} FROM message m WHERE m.id = ?");
        return row.Bind(1, SpoolIds.Octets(id)).Step() ? new TracedStory(Message(row), [.. Events(id)]) : null;
    }

    public void Dispose() => _file.Dispose();

    internal static int Compare(SpoolId a, SpoolId b) => string.CompareOrdinal(a.ToString(), b.ToString());

    /// <summary>True when the text is an address, the domain of one, or the Message-ID of the message.</summary>
    internal static bool Holds(TracedMessage message, string key)
    {
        bool Is(string? text) => text is not null && (string.Equals(text, key, StringComparison.OrdinalIgnoreCase)
            || text.EndsWith("@" + key, StringComparison.OrdinalIgnoreCase));
        return Is(message.Sender) || Is(message.Login) || message.Recipients.Any(r => Is(r.Address))
            || (message.MessageId is { } id && string.Equals(TraceKey.BareMessageId(id), key, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A stretch away from an id. Null when the rest is less than one.</summary>
    private SpoolId? EndOfStretch(long? key, SpoolId id, bool upwards)
    {
        using Statement row = _file.Prepare($"""
            SELECT id FROM {(key is null ? "message WHERE ?1 IS NULL" : "lookup WHERE key = ?1")} AND id {(upwards ? ">=" : "<")} ?2 ORDER BY id {(upwards ? "" : "DESC")} LIMIT 1 OFFSET ?3
            """);
        return row.Bind(1, key).Bind(2, SpoolIds.Octets(id)).Bind(3, upwards ? Stretch : Stretch - 1).Step() ? SpoolIds.FromOctets(row.Blob(0)) : null;
    }

    private void Read(TraceFilter filter, long? key, SpoolId from, SpoolId end, int limit, List<TracedMessage> found)
    {
        string source = key is null
            ? "message m WHERE m.id >= ?2 AND m.id < ?3 AND ?1 IS NULL"
            : "lookup l JOIN message m ON m.id = l.id WHERE l.key = ?1 AND l.id >= ?2 AND l.id < ?3";
        using Statement row = _file.Prepare($"""
            SELECT {Columns} FROM {source}
            AND (?4 IS NULL OR m.subject LIKE ?4 ESCAPE '\' OR m.header_from LIKE ?4 ESCAPE '\' OR m.message_id LIKE ?4 ESCAPE '\' OR m.sender LIKE ?4 ESCAPE '\'
                 OR EXISTS (SELECT 1 FROM recipient r WHERE r.id = m.id AND r.address LIKE ?4 ESCAPE '\'))
            AND (?5 IS NULL OR EXISTS (SELECT 1 FROM recipient r WHERE r.id = m.id AND r.state = ?5))
            ORDER BY {(key is null ? "m.id" : "l.id")} {(filter.OldestFirst == true ? "" : "DESC")} LIMIT ?6
            """);
        row.Bind(1, key).Bind(2, SpoolIds.Octets(from)).Bind(3, SpoolIds.Octets(end)).Bind(4, Like.Containing(filter.Text)).Bind(5, filter.State).Bind(6, limit - found.Count);
        while (row.Step())
        {
            TracedMessage message = Message(row);
            if (filter.Keys.All(k => Holds(message, k)))
            {
                found.Add(message);
            }
        }
    }

    private TracedMessage Message(Statement row)
    {
        SpoolId id = SpoolIds.FromOctets(row.Blob(0));
        var recipients = new List<TracedRecipient>();
        using Statement recipient = _file.Prepare("SELECT address, state, at, reply FROM recipient WHERE id = ? ORDER BY number");
        recipient.Bind(1, SpoolIds.Octets(id));
        while (recipient.Step())
        {
            recipients.Add(new TracedRecipient(recipient.Text(0)!, recipient.Text(1)!, DateTimeOffset.FromUnixTimeMilliseconds(recipient.Int64(2)), recipient.Text(3)));
        }

        return new TracedMessage(id.ToString(), SpoolIds.MomentOf(id), row.Text(1)!, row.Text(2), row.Int64(3), row.Text(4), row.Text(5), row.Text(6),
            row.Text(7), row.Text(8), recipients);
    }

    private IEnumerable<TracedEvent> Events(SpoolId id)
    {
        using Statement row = _file.Prepare("SELECT told FROM event WHERE id = ? ORDER BY n");
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
