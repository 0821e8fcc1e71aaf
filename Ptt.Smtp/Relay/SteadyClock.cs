namespace Ptt.Smtp.Relay;

/// <summary>
/// How old a message is, although somebody may set the clock: the age is the smaller of what the wall clock says and what it would
/// say had it run on undisturbed since the start. A jump into the future bounces nothing early.
/// </summary>
public sealed class SteadyClock(TimeProvider time)
{
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private readonly long _started = time.GetTimestamp();

    public DateTimeOffset Now => time.GetUtcNow();

    public TimeSpan AgeOf(DateTimeOffset acceptedAt)
    {
        DateTimeOffset undisturbed = _startedAt + time.GetElapsedTime(_started);
        DateTimeOffset now = Now < undisturbed ? Now : undisturbed;
        return now > acceptedAt ? now - acceptedAt : TimeSpan.Zero;
    }
}
