using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;

namespace Ptt.Web.Alarms;

/// <summary>The alarms and silences of before the restart, each as JSON.</summary>
internal sealed class AlarmsDb(DbContextOptions<AlarmsDb> options) : DbContext(options)
{
    public DbSet<KeptAlarm> Kept => Set<KeptAlarm>();

    public Task PrepareAsync(CancellationToken cancellationToken) => Database.ExecuteSqlRawAsync(
        "CREATE TABLE IF NOT EXISTS Kept (Kind TEXT NOT NULL, Name TEXT NOT NULL, Told TEXT NOT NULL, PRIMARY KEY (Kind, Name)); DROP TABLE IF EXISTS Alarms;", cancellationToken);

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
