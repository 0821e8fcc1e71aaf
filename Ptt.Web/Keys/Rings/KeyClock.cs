namespace Ptt.Web.Keys.Rings;

/// <summary>
/// A ring's own time. It passes as the monotonic clock does; over a restart as the wall's, an hour at most. A wall clock that jumps can
/// thus neither retire a key early nor revoke one that mail on its way still needs: time can only seem to pass too slowly.
/// </summary>
internal sealed class KeyClock(TimeProvider time)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private readonly long _startedTicks = time.GetTimestamp();
    private DateTimeOffset? _startedAt;

    /// <summary>Goes on from what the ring knew when it was saved; a new ring begins with the wall's time.</summary>
    public void Resume(KeyRing ring)
    {
        DateTimeOffset wall = time.GetUtcNow();
        if (ring.ClockAt == default)
        {
            _startedAt = wall - time.GetElapsedTime(_startedTicks);
            return;
        }

        TimeSpan pause = wall - ring.WallAt;
        pause = pause < TimeSpan.Zero ? TimeSpan.Zero : pause > LongestPause ? LongestPause : pause;
        _startedAt = ring.ClockAt + pause - time.GetElapsedTime(_startedTicks);
    }

    public DateTimeOffset Now => (_startedAt ?? time.GetUtcNow() - time.GetElapsedTime(_startedTicks)) + time.GetElapsedTime(_startedTicks);

    /// <summary>What the wall will show when this clock shows <paramref name="at"/>.</summary>
    public DateTimeOffset ToWall(DateTimeOffset at) => time.GetUtcNow() + (at - Now);

    public KeyRing Stamp(KeyRing ring) => ring with { ClockAt = Now, WallAt = time.GetUtcNow() };
}
