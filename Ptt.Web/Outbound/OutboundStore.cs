using Ptt.Web.Configuration;
using Ptt.Web.Formats;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Outbound;

/// <summary><c>outbound.db</c>: MTA-STS policies, warm-up counts, TLS reports. Small; one connection, one at a time.</summary>
internal sealed class OutboundStore(DataDirectory data) : IDisposable
{
    public const string FileName = "outbound.db";

    internal static readonly StoreFormat Format = StoreFormat.Embedded("outbound", previous: 1);

    private readonly Lock _gate = new();
    private readonly SqliteFile _file = SqliteFile.OpenWriter(data.File(FileName), Format, cacheKibibytes: 2048);

    public T Read<T>(Func<SqliteFile, T> read)
    {
        lock (_gate)
        {
            return read(_file);
        }
    }

    /// <summary>In one transaction; durable when it returns.</summary>
    public void Write(Action<SqliteFile> write)
    {
        lock (_gate)
        {
            _file.Begin();
            try
            {
                write(_file);
                _file.Commit();
            }
            catch
            {
                _file.Rollback();
                throw;
            }
        }
    }

    /// <summary>The log is folded into the file where nobody waits for it.</summary>
    public void Checkpoint() => Read(f =>
    {
        f.Run("PRAGMA wal_checkpoint(PASSIVE)");
        return 0;
    });

    public void Dispose() => _file.Dispose();
}
