using System.Threading.Channels;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// The only one who writes to the queue's file. Takes what waits, all of it up to a bound, and commits it once: a lone message
/// waits for nobody, many share one sync. A thread of its own, since it spends its life in the disk.
/// </summary>
internal sealed partial class SpoolWriter : IDisposable
{
    private const int MaxJobs = 512;
    private const long MaxOctets = 8 << 20;
    private const int Waiting = 8192;

    private readonly Channel<SpoolJob> _jobs = Channel.CreateBounded<SpoolJob>(new BoundedChannelOptions(Waiting)
    {
        SingleReader = true,
        FullMode = BoundedChannelFullMode.Wait,
    });

    private readonly List<SpoolJob> _again = [];
    private readonly SpoolDatabase _database;
    private readonly DiskRoom _room;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly Action? _afterCommit;
    private volatile bool _closing;
    private long _busySince;

    public SpoolWriter(SpoolDatabase database, DiskRoom room, TimeProvider time, ILogger logger, Action? afterCommit = null)
    {
        _database = database;
        _room = room;
        _time = time;
        _logger = logger;
        _afterCommit = afterCommit;
        _thread = new Thread(Run) { Name = "spool writer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Commits and the jobs in them, since the start.</summary>
    public long Commits { get; private set; }

    public long Jobs { get; private set; }

    /// <summary>False when too many wait already, when the disk has not answered for a long time, or when it is closed.</summary>
    public bool TryPost(SpoolJob job) => !IsStuck && _jobs.Writer.TryWrite(job);

    /// <summary>Waits for its turn; for what must be written. False only when it is closed.</summary>
    public async ValueTask<bool> PostAsync(SpoolJob job)
    {
        while (await _jobs.Writer.WaitToWriteAsync())
        {
            if (_jobs.Writer.TryWrite(job))
            {
                return true;
            }
        }

        return false;
    }

    public bool IsClosed => _closing;

    /// <summary>For its owner, once the writer is disposed.</summary>
    public SpoolDatabase Database => _database;

    /// <summary>A commit has not come back for a long time.</summary>
    public bool IsStuck => Volatile.Read(ref _busySince) is > 0 and var since && _time.GetElapsedTime(since) > TimeSpan.FromSeconds(20);

    public void Dispose()
    {
        if (!_closing)
        {
            _closing = true;
            _jobs.Writer.Complete();
            _thread.Join();
        }
    }

    private void Run()
    {
        var batch = new List<SpoolJob>(MaxJobs);
        while (_again.Count > 0 || _jobs.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            batch.AddRange(_again);
            _again.Clear();
            long octets = 0;
            while (batch.Count < MaxJobs && octets < MaxOctets && _jobs.Reader.TryRead(out SpoolJob? job))
            {
                batch.Add(job);
                octets += job.Weight;
            }

            Write(batch, octets);
            batch.Clear();
            if (_again.Count > 0)
            {
                if (_closing)
                {
                    _again.ForEach(j => j.Failed(new IOException("The spool closed before the disk recovered.")));
                    _again.Clear();
                }
                else
                {
                    Thread.Sleep(200);   // the disk failed: what must be written waits for it, without a storm
                }
            }

            _afterCommit?.Invoke();
        }
    }

    private void Write(List<SpoolJob> batch, long octets)
    {
        if (TryCommit(batch) is not { } fault)
        {
            Jobs += batch.Count;
            _room.Wrote(octets);
            return;
        }

        if (fault is SqliteFault { IsDisk: true } disk)
        {
            _room.Faulted(disk);
            WriteFailed(batch.Count, disk.Code, fault);
            foreach (SpoolJob job in batch.Where(j => j.CanBeRefused))
            {
                job.Failed(fault);
            }

            // The reserve has been given up for these: try them without the new mail, at once and then until it works; one by one,
            // since there may be room for each and not for all.
            foreach (SpoolJob job in batch.Where(j => !j.CanBeRefused))
            {
                if (_again.Count > 0 || (TryCommit([job]) is not null && !(BeginLogAnew() && TryCommit([job]) is null)))
                {
                    _again.Add(job);
                }
            }

            return;
        }

        // A fault of our own in one job must not refuse the others.
        foreach (SpoolJob job in batch)
        {
            if ((batch.Count == 1 ? fault : TryCommit([job])) is { } own)
            {
                JobFaulted(job.GetType().Name, own);
                job.Failed(own);
            }
        }
    }

    // On a full disk the log cannot grow; what it holds goes into the file, and the room that it has is written again.
    private bool BeginLogAnew()
    {
        try
        {
            _database.File.Run("PRAGMA wal_checkpoint(RESTART)");
            return true;
        }
        catch (SqliteFault fault)
        {
            LogIsStuck(fault.Code, fault);
            return false;
        }
    }

    private Exception? TryCommit(List<SpoolJob> batch)
    {
        int applied = 0;
        _database.IsShortOfRoom = _room.IsExhausted;
        Volatile.Write(ref _busySince, Math.Max(1, _time.GetTimestamp()));
        try
        {
            _database.File.Begin();
            foreach (SpoolJob job in batch)
            {
                applied++;
                job.Apply(_database);
            }

            _database.File.Commit();
        }
#pragma warning disable CA1031 // whatever it was: nothing of the batch is written, and each of its callers is told
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _database.File.Rollback();
            for (int i = 0; i < applied; i++)
            {
                batch[i].Undo();
            }

            Volatile.Write(ref _busySince, 0);
            return fault;
        }

        Volatile.Write(ref _busySince, 0);   // before anyone hears of it: who is answered finds the writer idle
        Commits++;
        foreach (SpoolJob job in batch)
        {
            job.Committed();
        }

        return null;
    }

    [LoggerMessage(5101, LogLevel.Error, "The spool could not write {Jobs} jobs: SQLite {Code}")]
    private partial void WriteFailed(int jobs, int code, Exception fault);

    [LoggerMessage(5103, LogLevel.Warning, "The log of the spool could not begin anew: SQLite {Code}")]
    private partial void LogIsStuck(int code, Exception fault);

    [LoggerMessage(5102, LogLevel.Error, "A spool job {Job} faulted")]
    private partial void JobFaulted(string job, Exception fault);
}
