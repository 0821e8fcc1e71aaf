using Microsoft.EntityFrameworkCore;

namespace Ptt.Web.Alarms;

/// <summary>The alarms of before the restart.</summary>
internal sealed class AlarmsDb(DbContextOptions<AlarmsDb> options) : DbContext(options)
{
    public DbSet<KeptAlarm> Alarms => Set<KeptAlarm>();

    protected override void OnModelCreating(ModelBuilder model) => model.Entity<KeptAlarm>().HasKey(a => a.Name);
}

internal sealed class KeptAlarm
{
    public required string Name { get; init; }

    public required AlarmSeverity Severity { get; init; }

    public required string Text { get; init; }

    public string? Link { get; init; }

    public required long Since { get; init; }

    public required long LastSeen { get; init; }
}
