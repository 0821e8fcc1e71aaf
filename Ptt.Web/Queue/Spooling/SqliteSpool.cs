using System.Runtime.CompilerServices;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;
using Ptt.Web.Formats;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// The queue in one SQLite file, with the large bodies beside it. Owns both: no other process may open them while it lives. One
/// writer commits for everybody (<see cref="SpoolWriter"/>); what was just accepted is delivered from memory, the rest is leased from
/// disk in pages (<see cref="Hands"/>). The relay role asks through <see cref="ISpool"/>, administrators through <c>QueueService</c>.
/// </summary>
internal sealed partial class SqliteSpool : ISpool, IAsyncDisposable
{
    internal static readonly StoreFormat Format = StoreFormat.Embedded("spool", previous: 1);

    private readonly ILogger _logger;
    private readonly FileStream _lock;
    private readonly SpoolWriter _writer;
    private readonly Checkpointer _checkpointer;
    private readonly BodyFiles _bodies;
    private readonly DiskRoom _room;
    private readonly Hands _hands;
    private readonly Intake _intake;
    private readonly Recovery _recovery;
    private readonly Foresight _foresight;
    private readonly ClockWatch _clock;
    private readonly Bell _bell;
    private volatile bool _closing;

    private SqliteSpool(string path, SpoolOptions options, TimeProvider time, ILogger logger)
    {
        _logger = logger;
        Path = path;
        _lock = SpoolLock.Take(path + ".lock");
        try
        {
            long started = time.GetTimestamp();
            _bodies = new BodyFiles(System.IO.Path.ChangeExtension(path, ".bodies"));
            _room = new DiskRoom(path, options.MinimumFreeBytes, time, logger);
            _hands = new Hands(options, time);
            _bell = new Bell(time);
            _clock = new ClockWatch(time);
            SqliteFile file = SqliteFile.OpenWriter(path, Format);
            var database = new SpoolDatabase(file);
            long last = file.Scalar("SELECT max(seq) FROM message") ?? 0;
            _hands.SetPaused(database.Paused());
            _recovery = new Recovery(database, last, _hands, _bodies, Ring, logger);
            _recovery.Begin();
            int swept = _bodies.Sweep(database.IsInFile);
            Readers = new ReaderPool(path);
            _foresight = new Foresight(Readers, _hands, _bell.Ring, logger);
            _foresight.Begin();
            _intake = new Intake(new SpoolIds(time, last), _bodies, _hands, _room, logger);
            _checkpointer = new Checkpointer(path, _room, logger);
            _writer = new SpoolWriter(database, _room, time, logger, _checkpointer.AfterCommit);
            _recovery.GoOn(_writer, time);
            Opened(path, swept, (long)time.GetElapsedTime(started).TotalMilliseconds);
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    public string Path { get; }

    /// <summary>For lists and searches: they see what is committed.</summary>
    public ReaderPool Readers { get; }

    /// <summary>Whether every message is told of when it is accepted; otherwise those that do not go out at once.</summary>
    public bool TellsAccepted { get; set; }

    /// <summary>After each commit that changed what is queued. Handlers return at once.</summary>
    public event Action<SpoolChange>? Changed;

    public Hands Hands => _hands;

    public DiskRoom Room => _room;

    /// <summary>Every message is counted, and none is held by the process before this one; of a long queue some seconds after the start.</summary>
    public Task Recovered => _recovery.Done;

    /// <summary>A commit has not come back for a long time.</summary>
    public bool IsStuck => _writer.IsStuck;

    public (long Commits, long Jobs) Written => (_writer.Commits, _writer.Jobs);

    public static SqliteSpool Open(string path, SpoolOptions options, TimeProvider time, ILogger logger) => new(path, options, time, logger);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SpoolAdd> AddAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        if (_closing)
        {
            return new SpoolAdd.Closing();
        }

        if (_room.IsLow)
        {
            return new SpoolAdd.Full();
        }

        (NewMessage? message, SpoolAdd? refused) = await _intake.TryPrepareAsync(envelope, content, cancellationToken);
        if (message is null)
        {
            return refused!;
        }

        // From here on it may be on disk whatever the client does: nothing is cancelled any more.
        var job = new AddJob(message, TellsAccepted, OnAdded);
        if (!_writer.TryPost(job))
        {
            _intake.Forget(message);
            return _closing ? new SpoolAdd.Closing() : new SpoolAdd.TooSlow();
        }

        SpoolAdd result = await job.Done;
        if (result is not SpoolAdd.Queued)
        {
            _intake.Forget(message);
        }

        return result;
    }

    public async ValueTask<IReadOnlyList<Delivery>> LeaseAsync(LeaseRequest request, CancellationToken cancellationToken)
    {
        if (_closing || request.AtMost <= 0)
        {
            return [];
        }

        _bell.Hear();
        FollowClock();
        await _foresight.FollowAsync();
        foreach (Leased expired in _hands.Expired())
        {
            LeaseEnded(expired.Message.Id, expired.Destination);
            Post(database => database.Release(expired.Message.Sequence, expired.Part, _hands.Now, uncount: false),
                after =>
                {
                    if (!after.Held)
                    {
                        NoteAndRing(expired.Turn, expired.Destination, expired.Retry, after.DueAt);
                    }
                });
        }

        var taken = new List<Leased>();
        List<Fetch> fetches = _hands.Take(request, taken);
        if (fetches.Count > 0)
        {
            var job = new FetchJob(fetches, _hands);
            if (await _writer.PostAsync(job))
            {
                taken.AddRange(await job.Done);
            }
        }

        return taken.ConvertAll(l => l.ToDelivery());
    }

    public async ValueTask SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken cancellationToken)
    {
        var settled = new List<(Settlement, Leased, IReadOnlyList<NewMessage>)>(settlements.Count);
        foreach (Settlement settlement in settlements)
        {
            if (_hands.Find(settlement.Delivery.Lease) is not { } leased)
            {
                SettledTooLate(settlement.Delivery.Id, settlement.Delivery.Destination);
                continue;
            }

            NewMessage[] reports = settlement.Reports.Count == 0 ? [] : new NewMessage[settlement.Reports.Count];
            for (int i = 0; i < reports.Length; i++)
            {
                Report report = settlement.Reports[i];
                reports[i] = await _intake.PrepareAsync(report.Envelope, report.Content, CancellationToken.None);
            }

            settled.Add((settlement, leased, reports));
        }

        if (settled.Count == 0)
        {
            return;
        }

        var job = new SettleJob(settled, _hands, _bodies, OnSettled);
        if (!await _writer.PostAsync(job))
        {
            throw new ObjectDisposedException(nameof(SqliteSpool));
        }

        await job.Done;
    }

    public ValueTask<MessageContent?> OpenAsync(SpoolId id, CancellationToken cancellationToken) =>
        ValueTask.FromResult(QueuedContent.Open(id, Readers, _bodies));

    public async ValueTask WaitForWorkAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        TimeSpan wait = new[] { _hands.UntilNextTimer() ?? atMost, _foresight.UntilNextLook ?? atMost, atMost }.Min();
        if (wait > TimeSpan.Zero)
        {
            await _bell.WaitAsync(wait, cancellationToken);
        }
    }

    /// <summary>Something else for the writer's transaction; durable when the task completes.</summary>
    public async Task<T> WriteAsync<T>(Func<SpoolDatabase, T> apply, Action<T>? committed = null)
    {
        var job = new SpoolJob<T>(apply, committed);
        return await _writer.PostAsync(job) ? await job.Done : throw new ObjectDisposedException(nameof(SqliteSpool));
    }

    /// <summary>Something of this lane is due then; whoever waits for work looks again.</summary>
    public void NoteAndRing(string turn, Destination destination, bool retry, long dueAt)
    {
        _hands.Note(turn, destination, retry, dueAt);
        Ring();
    }

    /// <summary>After a change by an administrator.</summary>
    public void Ring()
    {
        _bell.Ring();
        Changed?.Invoke(SpoolChange.Altered);
    }

    /// <summary>What an administrator wants, and what <paramref name="also"/> writes in the same transaction; returns how many messages it touched.</summary>
    public async Task<int> OrderAsync(IReadOnlyList<SpoolId> ids, QueueOrder order, Action<SpoolDatabase, int>? also = null)
    {
        var job = new VerbJob(ids, order, _hands, _bodies, Ring, also);
        return await _writer.PostAsync(job) ? await job.Done : throw new ObjectDisposedException(nameof(SqliteSpool));
    }

    public async ValueTask DisposeAsync()
    {
        if (_closing)
        {
            return;
        }

        _closing = true;
        await _foresight.EndAsync();
        await Task.Run(_writer.Dispose);
        await _recovery.Done;
        _checkpointer.Dispose();
        Readers.Dispose();
        _writer.Database.File.Run("PRAGMA wal_checkpoint(TRUNCATE)");
        _writer.Database.Dispose();
        _lock.Dispose();
        _bell.Ring();
    }

    private void OnAdded()
    {
        _bell.Ring();
        Changed?.Invoke(SpoolChange.Added);
    }

    private void OnSettled()
    {
        _bell.Ring();
        Changed?.Invoke(SpoolChange.Settled);
    }

    /// <summary>Nobody waits for it, but it must be done.</summary>
    private void Post<T>(Func<SpoolDatabase, T> apply, Action<T> committed) => _ = _writer.PostAsync(new SpoolJob<T>(apply, committed, canBeRefused: false)).AsTask();

    /// <summary>The wall clock was set: what waits a number of minutes still waits that number of minutes.</summary>
    private void FollowClock()
    {
        if (_clock.Jumped() is { } jump)
        {
            long by = (long)jump.TotalMilliseconds;
            ClockJumped(jump);
            _hands.Shift(by);
            Post(database => database.Shift(by), _ => _foresight.BeginAnew());
        }
    }

    [LoggerMessage(5001, LogLevel.Information, "Spool {Path} is open after {Milliseconds} ms; {Swept} stray bodies swept")]
    private partial void Opened(string path, int swept, long milliseconds);

    [LoggerMessage(5003, LogLevel.Warning, "The lease of {SpoolId} for {Destination} ended without an outcome; it is tried again")]
    private partial void LeaseEnded(SpoolId spoolId, Destination destination);

    [LoggerMessage(5004, LogLevel.Warning, "An outcome of {SpoolId} for {Destination} came after its lease had ended and is ignored")]
    private partial void SettledTooLate(SpoolId spoolId, Destination destination);

    [LoggerMessage(5005, LogLevel.Warning, "The clock was set by {Jump}; what waits in the queue moves with it")]
    private partial void ClockJumped(TimeSpan jump);
}
