using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Ptt.Web.Configuration;
using Ptt.Web.Formats;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.InForce;

/// <summary>What this machine knows of users that git does not: who was shut out, what was sent, when an app password was used. Survives the cache.</summary>
internal sealed class UsersStateDb(DbContextOptions<UsersStateDb> options) : DbContext(options)
{
    public const string FileName = "users-state.db";

    public static readonly StoreFormat Format = new(
    [
        new("""
        CREATE TABLE Denials (Address TEXT NOT NULL, AppPassword TEXT NOT NULL, Deletes INTEGER NOT NULL, Actor TEXT NOT NULL, At INTEGER NOT NULL, PRIMARY KEY (Address, AppPassword));
        CREATE TABLE AppPasswordUse (Address TEXT NOT NULL, Id TEXT NOT NULL, At INTEGER NOT NULL, PRIMARY KEY (Address, Id));
        CREATE TABLE Sent (Address TEXT NOT NULL, Slot INTEGER NOT NULL, Recipients INTEGER NOT NULL, NewRecipients INTEGER NOT NULL, PRIMARY KEY (Address, Slot)) WITHOUT ROWID;
        CREATE TABLE Known (Address TEXT NOT NULL, Recipient INTEGER NOT NULL, Day INTEGER NOT NULL, PRIMARY KEY (Address, Recipient)) WITHOUT ROWID;
        CREATE TABLE Watch (Address TEXT PRIMARY KEY, HeldSince INTEGER, Reason TEXT, Days INTEGER NOT NULL, MeanNew REAL NOT NULL);
        """),
        new("ALTER TABLE Denials ADD COLUMN HoldsMail INTEGER NOT NULL DEFAULT 0;"),

        // Back: what was sent today is not counted towards what is usual.
        new("ALTER TABLE Watch ADD COLUMN Today INTEGER NOT NULL DEFAULT 0; ALTER TABLE Watch ADD COLUMN NewToday INTEGER NOT NULL DEFAULT 0;",
            "ALTER TABLE Watch DROP COLUMN Today; ALTER TABLE Watch DROP COLUMN NewToday;"),

        // Back: results are forgotten; whoever is held for them stays held.
        new("""
            ALTER TABLE Sent ADD COLUMN Delivered INTEGER NOT NULL DEFAULT 0; ALTER TABLE Sent ADD COLUMN Unknown INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE Watch ADD COLUMN Delivered REAL NOT NULL DEFAULT 0; ALTER TABLE Watch ADD COLUMN Unknown REAL NOT NULL DEFAULT 0;
            """,
            """
            ALTER TABLE Sent DROP COLUMN Delivered; ALTER TABLE Sent DROP COLUMN Unknown;
            ALTER TABLE Watch DROP COLUMN Delivered; ALTER TABLE Watch DROP COLUMN Unknown;
            """),
    ]) { Previous = 2 };

    public DbSet<DenialRow> Denials => Set<DenialRow>();

    public DbSet<AppPasswordUseRow> AppPasswordUse => Set<AppPasswordUseRow>();

    public DbSet<SentRow> Sent => Set<SentRow>();

    public DbSet<KnownRow> Known => Set<KnownRow>();

    public DbSet<WatchRow> Watch => Set<WatchRow>();

    public static string ConnectionString(DataDirectory data) => $"Data Source={data.File(FileName)}";

    public void Upgrade()
    {
        Database.OpenConnection();
        Database.ExecuteSqlRaw("PRAGMA journal_mode=WAL");
        Format.Upgrade((SqliteConnection)Database.GetDbConnection());
    }

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<DenialRow>().ToTable("Denials").HasKey(d => new { d.Address, d.AppPassword });
        model.Entity<AppPasswordUseRow>().ToTable("AppPasswordUse").HasKey(u => new { u.Address, u.Id });
        model.Entity<SentRow>().ToTable("Sent").HasKey(s => new { s.Address, s.Slot });
        model.Entity<KnownRow>().ToTable("Known").HasKey(k => new { k.Address, k.Recipient });
        model.Entity<WatchRow>().ToTable("Watch").HasKey(w => w.Address);
    }
}

internal sealed class DenialRow
{
    public required string Address { get; init; }

    /// <summary>The one that was revoked; empty: the whole user.</summary>
    public required string AppPassword { get; init; }

    /// <summary>The user shall be deleted, not only disabled.</summary>
    public required bool Deletes { get; init; }

    /// <summary>What waits of the user in the queue is held as well.</summary>
    public required bool HoldsMail { get; init; }

    public required string Actor { get; init; }

    public required long At { get; init; }
}

internal sealed class AppPasswordUseRow
{
    public required string Address { get; init; }

    public required string Id { get; init; }

    public required long At { get; set; }
}

/// <summary>What a user sent in five minutes.</summary>
internal sealed class SentRow
{
    public required string Address { get; init; }

    /// <summary>Unix time in units of five minutes.</summary>
    public required long Slot { get; init; }

    public required int Recipients { get; init; }

    public required int NewRecipients { get; init; }

    /// <summary>Results that came in in this time, of recipients of earlier messages as well.</summary>
    public required int Delivered { get; init; }

    /// <summary>Refused because there is no such address.</summary>
    public required int Unknown { get; init; }
}

/// <summary>Someone a user has written to; the recipient as a hash.</summary>
internal sealed class KnownRow
{
    public required string Address { get; init; }

    public required long Recipient { get; init; }

    public required int Day { get; init; }
}

/// <summary>How a user usually sends, and whether it is held now.</summary>
internal sealed class WatchRow
{
    public required string Address { get; init; }

    public long? HeldSince { get; init; }

    public string? Reason { get; init; }

    public required int Days { get; init; }

    public required double MeanNew { get; init; }

    /// <summary>The last day on which it sent, in days of Unix time, and to how many new recipients: not in the mean yet.</summary>
    public required long Today { get; init; }

    public required int NewToday { get; init; }

    /// <summary>All results of the login; older days count less from day to day.</summary>
    public required double Delivered { get; init; }

    public required double Unknown { get; init; }
}
