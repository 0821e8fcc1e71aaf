using Microsoft.Data.Sqlite;
using Ptt.Web.Formats;
using SQLitePCL;

namespace Ptt.Web.Queue.Storage;

/// <summary>
/// One connection to one SQLite file, for one thread at a time. A writable one makes the file when it is missing (mode
/// 0600), in WAL with <c>synchronous=FULL</c>: a commit that has returned is on the disk.
/// </summary>
public sealed class SqliteFile : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _rollback;

    private SqliteFile(SqliteConnection connection)
    {
        _connection = connection;
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _rollback = Prepare("ROLLBACK");
    }

    public static SqliteFile OpenWriter(string path, StoreFormat format, int cacheKibibytes = 32 * 1024)
    {
        if (!File.Exists(path))
        {
            using var _ = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }

        SqliteFile file = Open(path, SqliteOpenMode.ReadWrite);
        try
        {
            // synchronous=FULL: in WAL the weaker NORMAL syncs at checkpoints only, and a power cut would take back mail that was
            // answered with 250. Checkpoints are made beside the writer, never inside a commit.
            file.Run($"""
                PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=OFF;
                PRAGMA temp_store=MEMORY; PRAGMA cache_size=-{cacheKibibytes}; PRAGMA journal_size_limit=67108864
                """);
            format.Upgrade(file._connection);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public static SqliteFile OpenReader(string path)
    {
        SqliteFile file = Open(path, SqliteOpenMode.ReadWrite);   // a read-only connection could not make the -shm file
        file.Run("PRAGMA query_only=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192");
        return file;
    }

    public Statement Prepare(string sql) => new(_connection.Handle!, sql);

    /// <summary>One or more statements without parameters, once.</summary>
    public void Run(string sql)
    {
        int code = raw.sqlite3_exec(_connection.Handle!, sql);
        if (code != raw.SQLITE_OK)
        {
            throw new SqliteFault(raw.sqlite3_extended_errcode(_connection.Handle!), raw.sqlite3_errmsg(_connection.Handle!).utf8_to_string());
        }
    }

    public long? Scalar(string sql)
    {
        using Statement statement = Prepare(sql);
        return statement.Scalar();
    }

    public bool IsInTransaction => raw.sqlite3_get_autocommit(_connection.Handle!) == 0;

    public void Begin() => _begin.Run();

    /// <summary>Durable when it returns.</summary>
    public void Commit() => _commit.Run();

    /// <summary>Never throws: after some faults SQLite has rolled back by itself.</summary>
    public void Rollback()
    {
        if (IsInTransaction)
        {
            try
            {
                _rollback.Run();
            }
            catch (SqliteFault)
            {
            }
        }
    }

    public void Dispose()
    {
        _begin.Dispose();
        _commit.Dispose();
        _rollback.Dispose();
        _connection.Dispose();
    }

    private static SqliteFile Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 10,
        }.ToString());
        try
        {
            connection.Open();
            _ = raw.sqlite3_busy_timeout(connection.Handle!, 10_000);
            return new SqliteFile(connection);
        }
        catch (SqliteException fault)
        {
            connection.Dispose();
            throw new SqliteFault(fault.SqliteExtendedErrorCode, fault.Message);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
