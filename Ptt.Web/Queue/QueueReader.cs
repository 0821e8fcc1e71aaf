using System.Globalization;
using System.Text.Json;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue;

/// <summary>
/// Lists the queue without indexes that every message would have to pay for: it walks it by age in stretches and looks at the clock between them, so that
/// the first rows come at once however long the queue is and however rare what is looked for. What only deliveries know is looked for among them, whose rows are short.
/// </summary>
internal sealed class QueueReader(SqliteSpool spool, TimeProvider time)
{
    private const int Stretch = 4_000;
    private const int ShownRecipients = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(80);

    public QueuePage List(QueueFilter filter, string? cursor, int limit, TimeSpan? patience = null)
    {
        if (filter.OldestFirst == true)
        {
            return ListOldestFirst(filter, cursor, limit, patience ?? Patience);
        }

        long end = cursor is null ? long.MaxValue : long.Parse(cursor, CultureInfo.InvariantCulture);
        end = filter.Until is { } until ? Math.Min(end, SpoolIds.SequenceAt(until)) : end;
        long start = filter.Since is { } since ? SpoolIds.SequenceAt(since) : 0;
        QueueCondition condition = QueueCondition.Of(filter);
        long started = time.GetTimestamp();
        var found = new List<QueuedMessage>();
        using ReaderPool.Lent reader = spool.Readers.Rent();
        while (true)
        {
            long from = condition.IsNone ? start : Math.Max(start, BeginningOfStretch(reader, condition, end));
            long last = end;
            foreach (long seq in Sequences(reader, condition, from, end, limit - found.Count))
            {
                if (Read(reader, seq) is { } message)
                {
                    found.Add(message);
                }

                last = seq;
            }

            if (found.Count >= limit)
            {
                return new QueuePage(found, last.ToString(CultureInfo.InvariantCulture));
            }

            if (from <= start)
            {
                return new QueuePage(found, null);
            }

            end = from;
            if (time.GetElapsedTime(started) > (patience ?? Patience))
            {
                return new QueuePage(found, end.ToString(CultureInfo.InvariantCulture));
            }
        }
    }

    // The same walk the other way.
    private QueuePage ListOldestFirst(QueueFilter filter, string? cursor, int limit, TimeSpan patience)
    {
        long end = filter.Until is { } until ? SpoolIds.SequenceAt(until) : long.MaxValue;
        long from = filter.Since is { } since ? SpoolIds.SequenceAt(since) : 0;
        from = cursor is null ? from : Math.Max(from, long.Parse(cursor, CultureInfo.InvariantCulture) + 1);
        QueueCondition condition = QueueCondition.Of(filter);
        long started = time.GetTimestamp();
        var found = new List<QueuedMessage>();
        using ReaderPool.Lent reader = spool.Readers.Rent();
        while (true)
        {
            long to = condition.IsNone ? end : Math.Min(end, EndOfStretch(reader, condition, from));
            long last = from;
            foreach (long seq in Sequences(reader, condition, from, to, limit - found.Count, upwards: true))
            {
                if (Read(reader, seq) is { } message)
                {
                    found.Add(message);
                }

                last = seq;
            }

            if (found.Count >= limit || to >= end)
            {
                return new QueuePage(found, found.Count >= limit ? last.ToString(CultureInfo.InvariantCulture) : null);
            }

            from = to;
            if (time.GetElapsedTime(started) > patience)
            {
                return new QueuePage(found, (from - 1).ToString(CultureInfo.InvariantCulture));
            }
        }
    }

    public QueuedDetail? Find(SpoolId id, Func<string, bool> isPaused)
    {
        using ReaderPool.Lent reader = spool.Readers.Rent();
        long seq = SpoolIds.SequenceOf(id);
        if (Read(reader, seq) is not { } message || message.Id != id.ToString() || ReadMessage(reader, seq) is not { } spooled)
        {
            return null;
        }

        var deliveries = new List<QueuedDelivery>();
        foreach (Row row in Rows(reader, seq))
        {
            RecipientState[]? states = row.Recipients is null ? null : JsonSerializer.Deserialize(row.Recipients, SpoolJson.Default.RecipientStateArray);
            var recipients = states is null
                ? spooled.Envelope.Recipients.Where(r => Destination.Of(r.Address).Name == row.Destination)
                    .Select(r => new QueuedRecipientView(r.Address.ToString(), row.NextTry, null, false))
                : states.Select(s => new QueuedRecipientView(
                    spooled.Envelope.Recipients[s.Number].Address.ToString(), Moment(s.DueAt), s.Reply, s.Noticed));
            deliveries.Add(new QueuedDelivery(row.Destination, row.State, row.Attempt, row.NextTry, row.Hold, row.Reroute, row.LastReply,
                isPaused(row.Destination), [.. recipients]));
        }

        var origin = spooled.Envelope.Origin;
        return new QueuedDetail(message, deliveries, new QueuedOrigin(origin.SessionId, origin.Client?.ToString(), origin.Helo, origin.Tls,
            spooled.Envelope.EightBit, spooled.Envelope.SmtpUtf8, spooled.Envelope.RequireTls, spooled.Envelope.EnvelopeId));
    }

    public DateTimeOffset? Oldest()
    {
        using ReaderPool.Lent reader = spool.Readers.Rent();
        return reader.Statement("SELECT min(seq) FROM message").Scalar() is { } seq ? Moment(seq >> 12) : null;
    }

    /// <summary>A sequence such that a bounded number of rows lies between it and <paramref name="end"/>.</summary>
    private static long BeginningOfStretch(ReaderPool.Lent reader, QueueCondition condition, long end) =>
        reader.Statement($"SELECT seq FROM {condition.Table} WHERE seq < ? ORDER BY seq DESC LIMIT 1 OFFSET ?").Bind(1, end).Bind(2, Stretch).Scalar() ?? 0;

    private static long EndOfStretch(ReaderPool.Lent reader, QueueCondition condition, long from) =>
        reader.Statement($"SELECT seq FROM {condition.Table} WHERE seq >= ? ORDER BY seq LIMIT 1 OFFSET ?").Bind(1, from).Bind(2, Stretch).Scalar() ?? long.MaxValue;

    private static List<long> Sequences(ReaderPool.Lent reader, QueueCondition condition, long from, long end, int limit, bool upwards = false)
    {
        Statement row = reader.Statement($"SELECT DISTINCT {condition.Seq} FROM {condition.Source} WHERE {condition.Seq} >= ? AND {condition.Seq} < ? {condition.Sql} ORDER BY {condition.Seq} {(upwards ? "" : "DESC")} LIMIT ?");
        row.Bind(1, from).Bind(2, end);
        int at = 3;
        foreach (object value in condition.Values)
        {
            _ = value is long number ? row.Bind(at, number) : row.Bind(at, (string)value);
            at++;
        }

        row.Bind(at, limit);
        var sequences = new List<long>();
        while (row.Step())
        {
            sequences.Add(row.Int64(0));
        }

        return sequences;
    }

    private static QueuedMessage? Read(ReaderPool.Lent reader, long seq)
    {
        Statement m = reader.Statement("SELECT id, accepted_at, sender, login, recipients, size, subject, message_id, header_from FROM message WHERE seq = ?");
        if (!m.Bind(1, seq).Step())
        {
            return null;
        }

        string[] recipients = m.Text(4)!.Split('\n');
        var message = new QueuedMessage(
            SpoolIds.FromOctets(m.Blob(0)).ToString(), Moment(m.Int64(1)), m.Text(2)!, m.Text(3), [.. recipients.Take(ShownRecipients)], recipients.Length,
            m.Int64(5), m.Text(6), m.Text(7), m.Text(8), QueueState.Active, [], 0, 0, null, null, null);
        m.Reset();
        List<Row> rows = Rows(reader, seq);
        if (rows.Count == 0)
        {
            return null;
        }

        return message with
        {
            State = rows.Exists(r => r.State == QueueState.Active) ? QueueState.Active : rows.Min(r => r.State),
            Destinations = [.. rows.Take(ShownRecipients).Select(r => r.Destination)],
            DestinationCount = rows.Count,
            Attempts = rows.Max(r => r.Attempt),
            NextTry = rows.Min(r => r.NextTry),
            HoldReason = rows.Select(r => r.Hold).FirstOrDefault(h => h is not null),
            LastReply = rows.Select(r => r.LastReply).FirstOrDefault(r => r is not null),
        };
    }

    private static SpooledMessage? ReadMessage(ReaderPool.Lent reader, long seq)
    {
        Statement m = reader.Statement(
            "SELECT id, accepted_at, sender, login, recipients, size, subject, message_id, header_from, in_file, details FROM message WHERE seq = ?");
        if (!m.Bind(1, seq).Step())
        {
            return null;
        }

        SpooledMessage message = SpoolDatabase.ReadMessage(m);
        m.Reset();
        return message;
    }

    private static List<Row> Rows(ReaderPool.Lent reader, long seq)
    {
        Statement d = reader.Statement(
            "SELECT destination, retry, attempt, lease, due_at, hold, reroute, recipients, last_reply FROM delivery WHERE seq = ? ORDER BY part");
        d.Bind(1, seq);
        var rows = new List<Row>();
        while (d.Step())
        {
            QueueState state = StateOf(d.Int32(1) != 0, !d.IsNull(5), d.Int64(3) != 0);
            rows.Add(new Row(d.Text(0)!, state, d.Int32(2), state is QueueState.Held or QueueState.Active ? null : Moment(d.Int64(4)),
                d.Text(5), d.Text(6), d.Text(7), d.Text(8)));
        }

        return rows;
    }

    private static QueueState StateOf(bool retry, bool held, bool leased) =>
        held ? QueueState.Held : leased ? QueueState.Active : retry ? QueueState.Deferred : QueueState.Waiting;

    private static DateTimeOffset Moment(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private sealed record Row(
        string Destination, QueueState State, int Attempt, DateTimeOffset? NextTry, string? Hold, string? Reroute, string? Recipients, string? LastReply);
}
