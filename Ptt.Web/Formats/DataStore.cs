using Microsoft.Data.Sqlite;

namespace Ptt.Web.Formats;

/// <summary>A kind of database in the data directory: its form, and the files there are of it now. Rooms register theirs.</summary>
public sealed record DataStore(StoreFormat Format, IReadOnlyList<string> Files)
{
    /// <summary>The one file of this path; it may not be there yet.</summary>
    public static DataStore At(StoreFormat format, string path) => new(format, File.Exists(path) ? [path] : []);

    public static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }
}
