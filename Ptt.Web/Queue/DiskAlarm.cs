using Ptt.Web.Alarms;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Web.Queue;

/// <summary>Raises <c>disk.low</c> while new mail is refused for want of room.</summary>
internal sealed class DiskAlarm(SqliteSpool spool, IAlarms alarms, TimeProvider time)
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(10);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Look();
            await Task.Delay(Between, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    internal void Look()
    {
        if (spool.Room.IsLow)
        {
            alarms.Raise("disk.low", AlarmSeverity.Critical, $"The disk of the queue is nearly full: new mail is refused with 452, delivery goes on.", "/settings");
        }
        else
        {
            alarms.Clear("disk.low");
        }
    }
}
