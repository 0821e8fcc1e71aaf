using Ptt.Web.Configuration;
using Ptt.Web.Formats;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Shell.Flow;

/// <summary>Writes the numbers of the overview down each minute and takes them up at the start. A file that cannot be used costs the plots of a restart, no more.</summary>
internal sealed partial class FlowKeeper(Traffic traffic, Busiest busiest, DataDirectory data, TimeProvider time, ILogger<FlowKeeper> logger) : BackgroundService
{
    public const string FileName = "flow.db";

    public static readonly StoreFormat Format = new(
    [
        new("""
        CREATE TABLE minute (kind TEXT NOT NULL, minute INTEGER NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (kind, minute)) WITHOUT ROWID;
        CREATE TABLE latency (minute INTEGER NOT NULL, span INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (minute, span)) WITHOUT ROWID;
        CREATE TABLE busy (hour INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (hour, kind, name)) WITHOUT ROWID;
        """),
    ]) { Previous = 1 };

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private SqliteFile? _file;
    private long _written;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _file = SqliteFile.OpenWriter(data.File(FileName), Format, cacheKibibytes: 1024);
            Load(_file);
        }
        catch (Exception fault) when (fault is SqliteFault or Microsoft.Data.Sqlite.SqliteException or IOException or UnauthorizedAccessException)
        {
            NotKept(fault);
        }

        _written = traffic.Now;
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Keep();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Keep();
    }

    public override void Dispose()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = null;
        }

        base.Dispose();
    }

    // A stop may come while a minute is written, and more than once.
    private void Keep()
    {
        lock (_gate)
        {
            if (_file is { } file)
            {
                Keep(file);
            }
        }
    }

    // The minutes since the last time, that one included: it had not ended then.
    private void Keep(SqliteFile file)
    {
        try
        {
            long now = traffic.Now;
            using Statement minute = file.Prepare("INSERT OR REPLACE INTO minute (kind, minute, sum) VALUES (?,?,?)");
            using Statement latency = file.Prepare("INSERT OR REPLACE INTO latency (minute, span, count) VALUES (?,?,?)");
            using Statement busy = file.Prepare("INSERT OR REPLACE INTO busy (hour, kind, name, n) VALUES (?,?,?,?)");
            file.Begin();
            for (long m = Math.Max(_written, now - Minutes.Kept + 1); m <= now; m++)
            {
                foreach (string kind in Traffic.Kinds)
                {
                    if (traffic.At(kind, m) is > 0 and var sum)
                    {
                        minute.Bind(1, kind).Bind(2, m).Bind(3, sum).Run();
                    }
                }

                foreach ((int span, int count) in traffic.Latency.Of(m))
                {
                    latency.Bind(1, m).Bind(2, span).Bind(3, count).Run();
                }
            }

            for (long hour = (_written / 60) - 1; hour <= now / 60; hour++)   // stories are told a little late
            {
                foreach (string kind in new[] { Busiest.Sender, Busiest.Destination, Busiest.Cause })
                {
                    foreach ((string name, long n) in busiest.Of(hour, kind))
                    {
                        busy.Bind(1, hour).Bind(2, kind).Bind(3, name).Bind(4, n).Run();
                    }
                }
            }

            long oldest = now - Minutes.Kept;
            file.Run(FormattableString.Invariant($"DELETE FROM minute WHERE minute < {oldest}; DELETE FROM latency WHERE minute < {oldest}; DELETE FROM busy WHERE hour < {oldest / 60}"));
            file.Commit();
            file.Run("PRAGMA wal_checkpoint(TRUNCATE)");
            _written = now;
        }
        catch (SqliteFault fault)
        {
            file.Rollback();
            NotKept(fault);
        }
    }

    private void Load(SqliteFile file)
    {
        long oldest = traffic.Now - Minutes.Kept;
        using Statement minute = file.Prepare("SELECT kind, minute, sum FROM minute WHERE minute > ?");
        for (minute.Bind(1, oldest); minute.Step();)
        {
            if (Traffic.Kinds.Contains(minute.Text(0)))
            {
                traffic.Add(minute.Text(0)!, minute.Int64(1), minute.Int64(2));
            }
        }

        using Statement latency = file.Prepare("SELECT minute, span, count FROM latency WHERE minute > ?");
        for (latency.Bind(1, oldest); latency.Step();)
        {
            traffic.Latency.Add(latency.Int64(0), Math.Clamp(latency.Int32(1), 0, Latencies.Spans - 1), latency.Int32(2));
        }

        using Statement busy = file.Prepare("SELECT hour, kind, name, n FROM busy WHERE hour > ?");
        for (busy.Bind(1, oldest / 60); busy.Step();)
        {
            busiest.Count(busy.Int64(0), busy.Text(1)!, busy.Text(2)!, busy.Int64(3));
        }
    }

    [LoggerMessage(9301, LogLevel.Warning, "The numbers of the overview could not be written down")]
    private partial void NotKept(Exception fault);
}
