using System.Buffers;
using System.Text;
using SQLitePCL;

namespace Ptt.Web.Queue.Storage;

/// <summary>
/// One prepared statement, used again and again by one thread. It goes to the library below Microsoft.Data.Sqlite: a
/// SqliteCommand makes a reader, a parameter list and several strings at each execution, which cost more than the row.
/// Parameters count from 1, columns from 0, as SQLite counts them.
/// </summary>
public sealed class Statement : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;

    internal Statement(sqlite3 connection, string sql)
    {
        _connection = connection;
        Check(raw.sqlite3_prepare_v3(connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    public Statement Bind(int index, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, index, value));
        return this;
    }

    public Statement Bind(int index, long? value) => value is { } v ? Bind(index, v) : BindNull(index);

    public Statement Bind(int index, bool value) => Bind(index, value ? 1L : 0L);

    public Statement Bind(int index, string? value)
    {
        if (value is null)
        {
            return BindNull(index);
        }

        byte[] octets = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(value.Length));
        int count = Encoding.UTF8.GetBytes(value, octets);
        Check(raw.sqlite3_bind_text(_statement, index, octets.AsSpan(0, count)));   // SQLite copies
        ArrayPool<byte>.Shared.Return(octets);
        return this;
    }

    /// <summary>UTF-8 that becomes a text value.</summary>
    public Statement BindText(int index, ReadOnlySpan<byte> utf8)
    {
        Check(raw.sqlite3_bind_text(_statement, index, utf8));
        return this;
    }

    public Statement Bind(int index, ReadOnlySpan<byte> octets)
    {
        Check(raw.sqlite3_bind_blob(_statement, index, octets));
        return this;
    }

    public Statement BindNull(int index)
    {
        Check(raw.sqlite3_bind_null(_statement, index));
        return this;
    }

    /// <summary>True when a row is there to be read. After the last row, and after a fault, the statement is ready for new parameters.</summary>
    public bool Step()
    {
        int code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        if (code == raw.SQLITE_DONE)
        {
            _ = raw.sqlite3_reset(_statement);
            return false;
        }

        var fault = new SqliteFault(raw.sqlite3_extended_errcode(_connection), raw.sqlite3_errmsg(_connection).utf8_to_string());
        _ = raw.sqlite3_reset(_statement);
        throw fault;
    }

    /// <summary>For statements without rows; returns how many rows changed.</summary>
    public int Run()
    {
        while (Step())
        {
        }

        return raw.sqlite3_changes(_connection);
    }

    /// <summary>The one value of the first row; null when there is none.</summary>
    public long? Scalar()
    {
        long? value = Step() && !IsNull(0) ? Int64(0) : null;
        Reset();
        return value;
    }

    public void Reset() => _ = raw.sqlite3_reset(_statement);

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public long Int64(int column) => raw.sqlite3_column_int64(_statement, column);

    public int Int32(int column) => raw.sqlite3_column_int(_statement, column);

    public string? Text(int column) => IsNull(column) ? null : raw.sqlite3_column_text(_statement, column).utf8_to_string();

    /// <summary>Valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_statement, column);

    public void Dispose() => _statement.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw new SqliteFault(raw.sqlite3_extended_errcode(_connection), raw.sqlite3_errmsg(_connection).utf8_to_string());
        }
    }
}
