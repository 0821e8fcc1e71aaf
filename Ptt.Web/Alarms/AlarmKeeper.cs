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
            await db.Database.EnsureCreatedAsync(cancellationToken);
            board.Restore((await db.Alarms.AsNoTracking().ToListAsync(cancellationToken)).Select(a => new Alarm(
                a.Name, a.Severity, a.Text, a.Link, DateTimeOffset.FromUnixTimeMilliseconds(a.Since), DateTimeOffset.FromUnixTimeMilliseconds(a.LastSeen))));
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
            await db.Alarms.ExecuteDeleteAsync();
            db.Alarms.AddRange(board.Current.Select(a => new KeptAlarm
            {
                Name = a.Name, Severity = a.Severity, Text = a.Text, Link = a.Link,
                Since = a.Since.ToUnixTimeMilliseconds(), LastSeen = a.LastSeen.ToUnixTimeMilliseconds(),
            }));
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
