using Microsoft.EntityFrameworkCore;

namespace Ptt.Web.Access;

/// <summary>The scripts that lead from one schema of <see cref="AccessDb"/> to the next; each runs once, in a transaction.</summary>
internal static class AccessSchema
{
    private static readonly string[] Scripts =
    [
        """
        CREATE TABLE Tokens (Id TEXT PRIMARY KEY, Name TEXT NOT NULL, Hash BLOB NOT NULL, Scopes TEXT NOT NULL, Domains TEXT NOT NULL,
            CreatedBy TEXT NOT NULL, Created INTEGER NOT NULL, Expires INTEGER, LastUsed INTEGER);
        CREATE TABLE Audit (Id INTEGER PRIMARY KEY AUTOINCREMENT, At INTEGER NOT NULL, Actor TEXT NOT NULL, Action TEXT NOT NULL, Subject TEXT NOT NULL, Detail TEXT);
        CREATE INDEX AuditBySubject ON Audit (Subject, Id);
        CREATE INDEX AuditByActor ON Audit (Actor, Id);
        """,
        """
        CREATE TABLE Factors (Id TEXT PRIMARY KEY, Person TEXT NOT NULL, Kind INTEGER NOT NULL, Name TEXT NOT NULL, Data BLOB NOT NULL,
            Created INTEGER NOT NULL, LastUsed INTEGER, Used INTEGER NOT NULL);
        """,
    ];

    public static void Upgrade(AccessDb db)
    {
        db.Database.OpenConnection();
        db.Database.ExecuteSqlRaw("PRAGMA journal_mode=WAL");
        for (long version = db.Database.SqlQueryRaw<long>("SELECT user_version AS Value FROM pragma_user_version").Single(); version < Scripts.Length; version++)
        {
            using var transaction = db.Database.BeginTransaction();
            string script = Scripts[version] + FormattableString.Invariant($"PRAGMA user_version = {version + 1};");
            db.Database.ExecuteSqlRaw(script);
            transaction.Commit();
        }
    }
}
