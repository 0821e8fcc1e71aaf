namespace Ptt.Smtp.Relay;

/// <summary>When to try again (RFC 5321 §4.5.4.1). Pure: the same attempt and the same dice give the same answer.</summary>
public sealed class RetrySchedule(IReadOnlyList<TimeSpan>? waits = null)
{
    /// <summary>Quick at first, for greylisting and hiccups; then patient.</summary>
    public static readonly IReadOnlyList<TimeSpan> Default =
    [
        TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30),
        TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(120), TimeSpan.FromHours(4),
    ];

    private readonly IReadOnlyList<TimeSpan> _waits = waits is { Count: > 0 } ? waits : Default;

    /// <summary>
    /// The wait after attempt number <paramref name="attempt"/> (from 1), ±10 %, so that what failed together does not come back
    /// together. <paramref name="dice"/> is in [0, 1).
    /// </summary>
    public TimeSpan WaitAfter(int attempt, double dice)
    {
        TimeSpan wait = _waits[Math.Clamp(attempt - 1, 0, _waits.Count - 1)];
        return wait * (0.9 + (0.2 * dice));
    }
}
