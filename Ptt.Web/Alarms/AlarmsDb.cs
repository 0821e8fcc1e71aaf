using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Ptt.Web.Formats;

namespace Ptt.Web.Alarms;

/// <summary>The alarms and silences of before the restart, each as JSON.</summary>
internal sealed class AlarmsDb(DbContextOptions<AlarmsDb> options) : DbContext(options)
{
    public const string FileName = "alarms.db";

    // Alarms that are not remembered are raised again by what is wrong: neither way carries them over.
    public static readonly StoreFormat Format = new(
    [
        new("""
        CREATE TABLE IF NOT EXISTS "Alarms" ("Name" TEXT NOT NULL CONSTRAINT "PK_Alarms" PRIMARY KEY, "Severity" INTEGER NOT NULL, "Text" TEXT NOT NULL, "Link" TEXT NULL,
            "Since" INTEGER NOT NULL, "LastSeen" INTEGER NOT NULL);
        """) { TakenWhen = "SELECT 1 FROM sqlite_master WHERE name = 'Kept'" },
        new("CREATE TABLE IF NOT EXISTS Kept (Kind TEXT NOT NULL, Name TEXT NOT NULL, Told TEXT NOT NULL, PRIMARY KEY (Kind, Name)); DROP TABLE IF EXISTS Alarms;",
            """
            DROP TABLE Kept;
            CREATE TABLE "Alarms" ("Name" TEXT NOT NULL CONSTRAINT "PK_Alarms" PRIMARY KEY, "Severity" INTEGER NOT NULL, "Text" TEXT NOT NULL, "Link" TEXT NULL,
                "Since" INTEGER NOT NULL, "LastSeen" INTEGER NOT NULL);
            """),
    ]) { Previous = 1 };

    public DbSet<KeptAlarm> Kept => Set<KeptAlarm>();

    public void Upgrade()
    {
        Database.OpenConnection();
        Format.Upgrade((SqliteConnection)Database.GetDbConnection());
    }

    protected override void OnModelCreating(ModelBuilder model) => model.Entity<KeptAlarm>().ToTable("Kept").HasKey(a => new { a.Kind, a.Name });
}

internal sealed class KeptAlarm
{
    public const string Alarm = "alarm";
    public const string Silence = "silence";

    public required string Kind { get; init; }

    public required string Name { get; init; }

    public required string Told { get; init; }
}

[JsonSerializable(typeof(Alarm))]
[JsonSerializable(typeof(Silence))]
internal sealed partial class AlarmsJson : JsonSerializerContext;
