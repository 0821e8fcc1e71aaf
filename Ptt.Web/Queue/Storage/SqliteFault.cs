using SQLitePCL;

namespace Ptt.Web.Queue.Storage;

/// <summary>SQLite refused. <paramref name="Code"/> is its extended result code.</summary>
public sealed class SqliteFault(int code, string message) : Exception($"SQLite {code}: {message}")
{
    public int Code { get; } = code;

    /// <summary>No space left, on the disk or within the file's own limit.</summary>
    public bool IsFull => (Code & 0xff) == raw.SQLITE_FULL;

    /// <summary>The disk or the file, not our statement: reading, writing, syncing, opening, a damaged page.</summary>
    public bool IsDisk => (Code & 0xff) is raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_CANTOPEN
        or raw.SQLITE_READONLY or raw.SQLITE_NOTADB or raw.SQLITE_BUSY or raw.SQLITE_NOMEM;
}
