using System.Text;
using System.Text.Json;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Spooling;

/// <summary>The statements of the queue's file, prepared once. Belongs to the writer's thread; every call is inside its transaction.</summary>
internal sealed class SpoolDatabase : IDisposable
{
    private readonly Statement _insertMessage;
    private readonly Statement _insertContent;
    private readonly Statement _insertDelivery;
    private readonly Statement _insertStory;
    private readonly Statement _deleteDelivery;
    private readonly Statement _anyDelivery;
    private readonly Statement _deleteMessage;
    private readonly Statement _deleteContent;
    private readonly Statement _defer;
    private readonly Statement _release;
    private readonly Statement _due;
    private readonly Statement _nextDue;
    private readonly Statement _lease;
    private readonly Statement _message;
    private readonly Statement _storyDone;
    private readonly Statement _deliveries;
    private readonly Statement _change;
    private readonly Statement _waitingOf;
    private readonly Statement _heldOf;
    private long _lastStory;

    public SpoolDatabase(SqliteFile file)
    {
        File = file;
        _lastStory = file.Scalar("SELECT max(n) FROM story") ?? 0;
        _insertMessage = file.Prepare("""
            INSERT INTO message (seq, id, accepted_at, sender, login, recipients, size, subject, message_id, header_from, in_file, details)
            VALUES (?,?,?,?,?,?,?,?,?,?,?,?)
            """);
        _insertContent = file.Prepare("INSERT INTO content (seq, octets) VALUES (?,?)");
        _insertDelivery = file.Prepare(
            "INSERT INTO delivery (seq, part, destination, turn, retry, attempt, lease, due_at, hold) VALUES (?,?,?,?,0,?,?,?,?)");
        _insertStory = file.Prepare("INSERT INTO story (n, told) VALUES (?,?)");
        _deleteDelivery = file.Prepare("DELETE FROM delivery WHERE seq=? AND part=?");
        _anyDelivery = file.Prepare("SELECT 1 FROM delivery WHERE seq=? LIMIT 1");
        _deleteMessage = file.Prepare("DELETE FROM message WHERE seq=?");
        _deleteContent = file.Prepare("DELETE FROM content WHERE seq=?");
        _defer = file.Prepare("""
            UPDATE delivery SET lease=0, retry=1, due_at=CASE WHEN verdict IS NULL THEN ? ELSE 0 END, recipients=?, last_reply=?
            WHERE seq=? AND part=? RETURNING hold, dropped, due_at
            """);
        _release = file.Prepare("""
            UPDATE delivery SET lease=0, attempt=max(0, attempt-?), due_at=? WHERE seq=? AND part=? RETURNING hold, dropped, due_at
            """);
        _due = file.Prepare("""
            SELECT seq, part, attempt, reroute, verdict, recipients FROM delivery
            WHERE lease=0 AND hold IS NULL AND destination=? AND turn=? AND retry=? AND due_at<=? ORDER BY due_at LIMIT ?
            """);
        _nextDue = file.Prepare("""
            SELECT due_at FROM delivery WHERE lease=0 AND hold IS NULL AND destination=? AND turn=? AND retry=? ORDER BY due_at LIMIT 1
            """);
        _lease = file.Prepare("UPDATE delivery SET lease=?, attempt=attempt+1 WHERE seq=? AND part=?");
        _message = file.Prepare(
            "SELECT id, accepted_at, sender, login, recipients, size, subject, message_id, header_from, in_file, details FROM message WHERE seq=?");
        _storyDone = file.Prepare("DELETE FROM story WHERE n<=?");
        _deliveries = file.Prepare(
            "SELECT part, destination, turn, retry, attempt, lease, due_at, hold, reroute, verdict, dropped, recipients FROM delivery WHERE seq=?");
        _change = file.Prepare(
            "UPDATE delivery SET attempt=?, lease=?, due_at=?, hold=?, reroute=?, verdict=?, dropped=?, recipients=? WHERE seq=? AND part=?");
        _waitingOf = file.Prepare("SELECT DISTINCT seq FROM delivery WHERE lease=0 AND hold IS NULL AND turn=?");
        _heldOf = file.Prepare("SELECT DISTINCT seq FROM delivery WHERE hold IS NOT NULL AND turn=?");
    }

    public SqliteFile File { get; }

    /// <summary>The disk is full: only what must be written is, and what grows without end waits (the story of a try that changed nothing).</summary>
    public bool IsShortOfRoom { get; set; }

    public void Insert(SpooledMessage message, byte[] details, ReadOnlySpan<byte> octets)
    {
        long seq = message.Sequence;
        _insertMessage.Bind(1, seq).Bind(2, SpoolIds.Octets(message.Id)).Bind(3, message.AcceptedAt.ToUnixTimeMilliseconds())
            .Bind(4, message.Envelope.ReversePath?.ToString() ?? "").Bind(5, message.Envelope.Origin.Login?.Address.ToString())
            .Bind(6, Paths(message)).Bind(7, message.Size).Bind(8, message.Facts.Subject).Bind(9, message.Facts.MessageId)
            .Bind(10, message.Facts.From).Bind(11, message.InFile).BindText(12, details).Run();
        if (!message.InFile)
        {
            _insertContent.Bind(1, seq).Bind(2, octets).Run();
        }
    }

    public void InsertDelivery(long seq, int part, Destination destination, string turn, int attempt, long lease, long dueAt, string? hold) =>
        _insertDelivery.Bind(1, seq).Bind(2, part).Bind(3, destination.Name).Bind(4, turn).Bind(5, attempt).Bind(6, lease)
            .Bind(7, dueAt).Bind(8, hold).Run();

    /// <summary>Numbers grow with time, also over restarts and when the journal is empty: the trace keeps them.</summary>
    public void Tell(Story story)
    {
        _lastStory = Math.Max(_lastStory + 1, story.At << 12);
        _insertStory.Bind(1, _lastStory).Bind(2, JsonSerializer.SerializeToUtf8Bytes(story, SpoolJson.Default.Story)).Run();
    }

    public void StoriesDone(long upTo) => _storyDone.Bind(1, upTo).Run();

    /// <summary>True when the message went with its last delivery.</summary>
    public bool DeleteDelivery(long seq, int part, bool inFile)
    {
        _deleteDelivery.Bind(1, seq).Bind(2, part).Run();
        if (_anyDelivery.Bind(1, seq).Scalar() is not null)
        {
            return false;
        }

        _deleteMessage.Bind(1, seq).Run();
        if (!inFile)
        {
            _deleteContent.Bind(1, seq).Run();
        }

        return true;
    }

    /// <summary>What an administrator decided while the attempt ran.</summary>
    public AfterLease Defer(long seq, int part, IReadOnlyList<RecipientState> recipients, string? lastReply)
    {
        _defer.Bind(1, recipients.Min(r => r.DueAt))
            .Bind(2, JsonSerializer.Serialize([.. recipients], SpoolJson.Default.RecipientStateArray))
            .Bind(3, lastReply).Bind(4, seq).Bind(5, part);
        return Flags(_defer);
    }

    /// <summary>Gives a lease back; <paramref name="uncount"/> when the attempt was never begun.</summary>
    public AfterLease Release(long seq, int part, long dueAt, bool uncount)
    {
        _release.Bind(1, uncount).Bind(2, dueAt).Bind(3, seq).Bind(4, part);
        return Flags(_release);
    }

    public List<DueRow> Due(Lane lane, long now, int limit)
    {
        var rows = new List<DueRow>();
        _due.Bind(1, lane.Destination.Name).Bind(2, lane.Sender.Name).Bind(3, lane.Retry).Bind(4, now).Bind(5, limit);
        while (_due.Step())
        {
            rows.Add(new DueRow(_due.Int64(0), _due.Int32(1), _due.Int32(2), _due.Text(3), _due.Text(4), _due.Text(5)));
        }

        return rows;
    }

    /// <summary><see cref="Lane.Never"/> when nothing of the lane waits.</summary>
    public long NextDue(Lane lane) =>
        _nextDue.Bind(1, lane.Destination.Name).Bind(2, lane.Sender.Name).Bind(3, lane.Retry).Scalar() ?? Lane.Never;

    public void Lease(long seq, int part, long lease) => _lease.Bind(1, lease).Bind(2, seq).Bind(3, part).Run();

    public SpooledMessage? Read(long seq)
    {
        Statement m = _message.Bind(1, seq);
        if (!m.Step())
        {
            return null;
        }

        SpooledMessage message = ReadMessage(m);
        m.Reset();
        return message;
    }

    /// <summary>From the columns id, accepted_at, sender, login, recipients, size, subject, message_id, header_from, in_file, details.</summary>
    public static SpooledMessage ReadMessage(Statement m) => new()
    {
        Id = SpoolIds.FromOctets(m.Blob(0)),
        AcceptedAt = DateTimeOffset.FromUnixTimeMilliseconds(m.Int64(1)),
        Envelope = StoredEnvelope.Read(Encoding.UTF8.GetBytes(m.Text(10)!), m.Text(2)!, m.Text(3), m.Text(4)!),
        Size = m.Int64(5),
        Facts = new HeaderFacts(m.Text(8), m.Text(6), m.Text(7)),
        InFile = m.Int32(9) != 0,
    };

    public void Dispose()
    {
        foreach (Statement statement in new[]
        {
            _insertMessage, _insertContent, _insertDelivery, _insertStory, _deleteDelivery, _anyDelivery, _deleteMessage,
            _deleteContent, _defer, _release, _due, _nextDue, _lease, _message, _storyDone, _deliveries, _change, _waitingOf, _heldOf,
        })
        {
            statement.Dispose();
        }

        File.Dispose();
    }

    public List<DeliveryRow> Deliveries(long seq)
    {
        var rows = new List<DeliveryRow>();
        Statement row = _deliveries.Bind(1, seq);
        while (row.Step())
        {
            rows.Add(new DeliveryRow(seq, row.Int32(0), new Destination(row.Text(1)!), row.Text(2)!, row.Int32(3) != 0, row.Int32(4),
                row.Int64(5), row.Int64(6), row.Text(7), row.Text(8), row.Text(9), row.Int32(10) != 0, row.Text(11)));
        }

        return rows;
    }

    public void Change(DeliveryRow row) =>
        _change.Bind(1, row.Attempt).Bind(2, row.Lease).Bind(3, row.DueAt).Bind(4, row.Hold).Bind(5, row.Reroute).Bind(6, row.Verdict)
            .Bind(7, row.Dropped).Bind(8, row.Recipients).Bind(9, row.Seq).Bind(10, row.Part).Run();

    /// <summary>Messages of a sender's turn that wait on disk.</summary>
    public List<long> WaitingOf(string turn) => Sequences(_waitingOf, turn);

    public List<long> HeldOf(string turn) => Sequences(_heldOf, turn);

    /// <summary>The destinations that get nothing until they are resumed.</summary>
    public HashSet<string> Paused()
    {
        var paused = new HashSet<string>();
        using Statement row = File.Prepare("SELECT destination FROM paused");
        while (row.Step())
        {
            paused.Add(row.Text(0)!);
        }

        return paused;
    }

    public bool IsInFile(SpoolId id)
    {
        using Statement message = File.Prepare("SELECT 1 FROM message WHERE seq=? AND in_file=1");
        return message.Bind(1, SpoolIds.SequenceOf(id)).Scalar() is not null;
    }

    /// <summary>What waits is due so much later.</summary>
    public int Shift(long milliseconds)
    {
        using Statement shift = File.Prepare("UPDATE delivery SET due_at = due_at + ? WHERE lease = 0");
        return shift.Bind(1, milliseconds).Run();
    }

    private static List<long> Sequences(Statement statement, string turn)
    {
        var sequences = new List<long>();
        statement.Bind(1, turn);
        while (statement.Step())
        {
            sequences.Add(statement.Int64(0));
        }

        return sequences;
    }

    private static AfterLease Flags(Statement statement)
    {
        bool there = statement.Step();
        AfterLease flags = there ? new(!statement.IsNull(0), statement.Int32(1) != 0, statement.Int64(2)) : new(false, true, 0);
        while (there && statement.Step())   // to its end: a RETURNING that is reset half-way would not have run
        {
        }

        return flags;
    }

    private static string Paths(SpooledMessage message) =>
        message.Envelope.Recipients is [{ } only]
            ? only.Address.ToString()
            : string.Join('\n', message.Envelope.Recipients.Select(r => r.Address.ToString()));
}

/// <summary>A delivery that waits on disk and is due.</summary>
internal sealed record DueRow(long Seq, int Part, int Attempt, string? Reroute, string? Verdict, string? Recipients);

/// <summary>What an administrator decided while an attempt ran, and when the delivery is due again.</summary>
internal readonly record struct AfterLease(bool Held, bool Dropped, long DueAt);

/// <summary>A row of delivery.</summary>
internal sealed record DeliveryRow(
    long Seq, int Part, Destination Destination, string Turn, bool Retry, int Attempt, long Lease, long DueAt, string? Hold, string? Reroute,
    string? Verdict, bool Dropped, string? Recipients);
