using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Tests.Support;
using Ptt.Web.Alarms;
using Ptt.Web.Queue;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Storage;

namespace Ptt.Tests.Web.Queue;

public sealed class DiskAlarmTests
{
    [Fact]
    public async Task A_full_disk_is_an_alarm_until_it_has_room_again()
    {
        using var directory = new TemporaryDirectory();
        var time = new ManualTime();
        var board = new AlarmBoard(time, NullLogger<AlarmBoard>.Instance);
        await using SqliteSpool spool = SqliteSpool.Open(directory.File("spool.db"), new SpoolOptions(), time, NullLogger.Instance);
        var alarm = new DiskAlarm(spool, board, time);
        alarm.Look();
        Assert.Empty(board.Current);

        spool.Room.Faulted(new SqliteFault(13, "database or disk is full"));
        alarm.Look();
        Assert.Equal("disk.low", Assert.Single(board.Current).Name);

        time.Advance(TimeSpan.FromSeconds(2));
        alarm.Look();
        Assert.Empty(board.Current);
    }
}
