using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// Carries the write-ahead log over into the file, beside the writer, on a thread and a connection of its own. A passive checkpoint
/// disturbs nobody but never catches up with a busy writer; when the log has grown long, the writer's next pause is taken to
/// finish it, with little left to do. While the disk is low the log is kept short, so that it can begin anew in the room that it has.
/// </summary>
internal sealed partial class Checkpointer : IDisposable
{
    private const long Step = 16 << 20;
    private const long Long = 64 << 20;
    private const long LongWhenLow = 1 << 20;

    private readonly string _log;
    private readonly SqliteFile _file;
    private readonly DiskRoom _room;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly SemaphoreSlim _wake = new(0);
    private volatile bool _closing;
    private volatile bool _running;
    private long _done;
    private int _commits;
    private bool _wasLow;

    public Checkpointer(string path, DiskRoom room, ILogger logger)
    {
        _log = path + "-wal";
        _room = room;
        _logger = logger;
        _file = SqliteFile.OpenWriter(path, SqliteSpool.Format, cacheKibibytes: 256);
        _thread = new Thread(Run) { Name = "spool checkpoints", IsBackground = true, Priority = ThreadPriority.BelowNormal };
        _thread.Start();
    }

    /// <summary>On the writer's thread: cheap, most of the time nothing.</summary>
    public void AfterCommit()
    {
        bool low = _room.WasLow;
        bool turned = low && !_wasLow;   // while there is still room for what the log holds
        _wasLow = low;
        if ((++_commits % (low ? 8 : 64) != 0 && !turned) || _running)
        {
            return;
        }

        long length = new FileInfo(_log) is { Exists: true } log ? log.Length : 0;
        if (turned || length - Volatile.Read(ref _done) >= Step || length >= MostOctets)
        {
            _running = true;
            _wake.Release();
        }
    }

    private long MostOctets => _room.WasLow ? LongWhenLow : Long;

    public void Dispose()
    {
        _closing = true;
        _wake.Release();
        _thread.Join();
        _file.Dispose();
        _wake.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _wake.Wait();
            if (_closing)
            {
                return;
            }

            try
            {
                long length = new FileInfo(_log).Length;
                _file.Run("PRAGMA wal_checkpoint(PASSIVE)");
                if (_room.WasLow || length >= Long)
                {
                    // Waits for the writer between two of its commits, copies what came meanwhile, and lets the log begin anew.
                    _file.Run("PRAGMA wal_checkpoint(RESTART)");
                    length = 0;
                }

                Volatile.Write(ref _done, length);
            }
            catch (SqliteFault fault)
            {
                CheckpointFailed(fault.Code, fault);
            }

            _running = false;
        }
    }

    [LoggerMessage(5121, LogLevel.Warning, "A checkpoint of the spool failed: SQLite {Code}; it is tried again")]
    private partial void CheckpointFailed(int code, Exception fault);
}
