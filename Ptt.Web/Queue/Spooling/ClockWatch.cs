namespace Ptt.Web.Queue.Spooling;

/// <summary>Notices when somebody sets the wall clock, by holding it against the monotonic one.</summary>
internal sealed class ClockWatch(TimeProvider time)
{
    private static readonly TimeSpan Tolerated = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private DateTimeOffset _wall = time.GetUtcNow();
    private long _stamp = time.GetTimestamp();

    /// <summary>How far the clock was set since the last look; null when it was not.</summary>
    public TimeSpan? Jumped()
    {
        lock (_gate)
        {
            DateTimeOffset wall = time.GetUtcNow();
            long stamp = time.GetTimestamp();
            TimeSpan jump = wall - _wall - time.GetElapsedTime(_stamp, stamp);
            if (jump.Duration() <= Tolerated)
            {
                return null;   // NTP's small steps add up until they count
            }

            _wall = wall;
            _stamp = stamp;
            return jump;
        }
    }
}
