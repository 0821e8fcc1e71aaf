using System.Text.Json;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;

namespace Ptt.Web.Alarms;

/// <summary>Writes the alarms down after they changed and restores them at start. A database that cannot be used costs the memory of a restart, no more.</summary>
internal sealed partial class AlarmKeeper(AlarmBoard board, IDbContextFactory<AlarmsDb> databases, ILogger<AlarmKeeper> logger) : BackgroundService
{
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using AlarmsDb db = await databases.CreateDbContextAsync(cancellationToken);
            db.Upgrade();
            List<KeptAlarm> kept = await db.Kept.AsNoTracking().ToListAsync(cancellationToken);
            board.Restore(
                kept.Where(k => k.Kind == KeptAlarm.Alarm).Select(k => JsonSerializer.Deserialize(k.Told, AlarmsJson.Default.Alarm)).OfType<Alarm>(),
                kept.Where(k => k.Kind == KeptAlarm.Silence).Select(k => KeyValuePair.Create(k.Name, JsonSerializer.Deserialize(k.Told, AlarmsJson.Default.Silence)!)));
        }
        catch (Exception fault) when (fault is Microsoft.Data.Sqlite.SqliteException or DbUpdateException)
        {
            AlarmsNotKept(fault);
        }

        board.Changed += Ring;
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _bell.Reader.WaitToReadAsync(stoppingToken))
        {
            _bell.Reader.TryRead(out _);
            await KeepAsync();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await KeepAsync();   // what was raised last may not have been seen by the loop
    }

    public override void Dispose()
    {
        board.Changed -= Ring;
        base.Dispose();
    }

    private void Ring() => _bell.Writer.TryWrite(true);

    private async Task KeepAsync()
    {
        try
        {
            await using AlarmsDb db = await databases.CreateDbContextAsync();
            await using var transaction = await db.Database.BeginTransactionAsync();
            await db.Kept.ExecuteDeleteAsync();
            db.Kept.AddRange(board.Current.Select(a => new KeptAlarm { Kind = KeptAlarm.Alarm, Name = a.Name, Told = JsonSerializer.Serialize(a, AlarmsJson.Default.Alarm) }));
            db.Kept.AddRange(board.Silences.Select(s => new KeptAlarm { Kind = KeptAlarm.Silence, Name = s.Key, Told = JsonSerializer.Serialize(s.Value, AlarmsJson.Default.Silence) }));
            await db.SaveChangesAsync();
            await transaction.CommitAsync();
        }
        catch (Exception fault) when (fault is Microsoft.Data.Sqlite.SqliteException or DbUpdateException)
        {
            AlarmsNotKept(fault);
        }
    }

    [LoggerMessage(3103, LogLevel.Warning, "The alarms could not be written down")]
    private partial void AlarmsNotKept(Exception fault);
}
