using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// What a start sets right: nobody holds a lease any more, and the messages are counted. It walks over all deliveries in the order of their messages, the first
/// of them before the spool opens, those of a long queue beside the mail: what the last process had leased stands in no index, so nobody else takes it meanwhile.
/// </summary>
internal sealed partial class Recovery(SpoolDatabase database, long last, Hands hands, BodyFiles bodies, Action bell, ILogger logger)
{
    private const int StretchesAtOpening = 4;

    private RecoveryJob _job = new(0, last, hands, bodies);
    private bool _ended;

    /// <summary>When all of it is done.</summary>
    public Task Done { get; private set; } = Task.CompletedTask;

    /// <summary>Of a short queue everything, before there is a writer.</summary>
    public void Begin()
    {
        for (int i = 0; i < StretchesAtOpening && !_ended; i++)
        {
            database.File.Begin();
            _job.Apply(database);
            database.File.Commit();
            _job.Committed();
            Advance();
        }
    }

    /// <summary>The rest, by the writer, between the commits of others.</summary>
    public void GoOn(SpoolWriter writer, TimeProvider time)
    {
        if (!_ended)
        {
            Done = Task.Run(() => WalkAsync(writer, time));
        }
    }

    private async Task WalkAsync(SpoolWriter writer, TimeProvider time)
    {
        long started = time.GetTimestamp();
        while (!_ended)
        {
            if (!await writer.PostAsync(_job))
            {
                return;   // closed: the next start begins anew
            }

            try
            {
                await _job.Done;
            }
            catch (Exception fault) when (fault is SqliteFault or IOException)
            {
                StretchFailed(fault);
                await Task.Delay(TimeSpan.FromSeconds(writer.IsClosed ? 0 : 1), time);
                _job = new RecoveryJob(_job.After, last, hands, bodies);
                continue;
            }

            Advance();
            bell();
        }

        Walked(hands.Depth, (long)time.GetElapsedTime(started).TotalMilliseconds);
    }

    private void Advance()
    {
        _ended = _job.End >= last;
        _job = new RecoveryJob(_job.End, last, hands, bodies);
    }

    [LoggerMessage(5006, LogLevel.Information, "All {Messages} messages of the spool are counted and free, after {Milliseconds} ms beside the mail")]
    private partial void Walked(long messages, long milliseconds);

    [LoggerMessage(5007, LogLevel.Warning, "What the last process had leased could not be freed; it is tried again")]
    private partial void StretchFailed(Exception fault);
}

/// <summary>A stretch of the walk: the messages behind <paramref name="after"/>, some thousand deliveries. An attempt of the last process stays counted.</summary>
internal sealed class RecoveryJob(long after, long last, Hands hands, BodyFiles bodies) : SpoolJob
{
    private const int Deliveries = 4096;

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<DeliveryRow> _due = [];
    private readonly List<SpooledMessage> _gone = [];
    private long _messages;

    public Task Done => _done.Task;

    public long After => after;

    /// <summary>The last message that it looked at, once it is committed.</summary>
    public long End { get; private set; }

    public override void Apply(SpoolDatabase database)
    {
        using Statement end = database.File.Prepare("SELECT seq FROM delivery WHERE seq > ? ORDER BY seq LIMIT 1 OFFSET ?");
        End = Math.Min(end.Bind(1, after).Bind(2, Deliveries - 1).Scalar() ?? last, last);
        foreach ((long seq, int part) in Left(database.File))
        {
            DeliveryRow row = database.Deliveries(seq).Find(r => r.Part == part)!;
            if (row.Dropped)
            {
                SpooledMessage message = database.Read(seq)!;
                if (database.DeleteDelivery(seq, part, message.InFile))
                {
                    _messages--;
                    _gone.Add(message);
                }

                continue;
            }

            database.Change(row with { Lease = 0 });
            if (row.Hold is null)
            {
                _due.Add(row);
            }
        }
    }

    public override void Undo()
    {
        _messages = 0;
        _due.Clear();
        _gone.Clear();
    }

    public override void Committed()
    {
        hands.Counted(_messages, End);
        _due.ForEach(r => hands.Note(r.Turn, r.Destination, r.Retry, r.DueAt));
        foreach (SpooledMessage message in _gone.Where(m => m.InFile))
        {
            bodies.Delete(message.Id);
        }

        _done.SetResult();
    }

    public override void Failed(Exception fault) => _done.SetException(fault);

    /// <summary>Counts the messages; returns what the last process left leased or dropped.</summary>
    private List<(long Seq, int Part)> Left(SqliteFile file)
    {
        var left = new List<(long Seq, int Part)>();
        long previous = -1;
        using Statement row = file.Prepare("SELECT seq, part, lease <> 0 OR dropped <> 0 FROM delivery WHERE seq > ? AND seq <= ?");
        row.Bind(1, after).Bind(2, End);
        while (row.Step())
        {
            long seq = row.Int64(0);
            _messages += seq == previous ? 0 : 1;
            previous = seq;
            if (row.Int32(2) != 0)
            {
                left.Add((seq, row.Int32(1)));
            }
        }

        return left;
    }
}
