using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Ptt.Web.Formats;

namespace Ptt.Web.Access;

/// <summary>The forms of <see cref="AccessDb"/>.</summary>
internal static class AccessSchema
{
    public static readonly StoreFormat Format = new(
    [
        new("""
        CREATE TABLE Tokens (Id TEXT PRIMARY KEY, Name TEXT NOT NULL, Hash BLOB NOT NULL, Scopes TEXT NOT NULL, Domains TEXT NOT NULL,
            CreatedBy TEXT NOT NULL, Created INTEGER NOT NULL, Expires INTEGER, LastUsed INTEGER);
        CREATE TABLE Audit (Id INTEGER PRIMARY KEY AUTOINCREMENT, At INTEGER NOT NULL, Actor TEXT NOT NULL, Action TEXT NOT NULL, Subject TEXT NOT NULL, Detail TEXT);
        CREATE INDEX AuditBySubject ON Audit (Subject, Id);
        CREATE INDEX AuditByActor ON Audit (Actor, Id);
        """),

        // The way back leaves it: who comes back from the older program has his second factors still.
        new("""
        CREATE TABLE IF NOT EXISTS Factors (Id TEXT PRIMARY KEY, Person TEXT NOT NULL, Kind INTEGER NOT NULL, Name TEXT NOT NULL, Data BLOB NOT NULL,
            Created INTEGER NOT NULL, LastUsed INTEGER, Used INTEGER NOT NULL);
        """, ""),
    ]) { Previous = 1 };

    public static void Upgrade(AccessDb db)
    {
        db.Database.OpenConnection();
        db.Database.ExecuteSqlRaw("PRAGMA journal_mode=WAL");
        Format.Upgrade((SqliteConnection)db.Database.GetDbConnection());
    }
}
