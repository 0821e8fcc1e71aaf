using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Ptt.Smtp.Transport;

/// <summary>
/// One timer for a whole session. When it runs out, what the session waits for (reading or writing) ends as cancelled, and
/// <see cref="HasPassed"/> says why. Cheaper than a token for each read, and an idle session costs one timer.
/// </summary>
public sealed class Deadline : IDisposable
{
    private const long Never = long.MaxValue;

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);   // what a timer counts in

    private readonly ConnectionContext _connection;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private volatile bool _passed;
    private long _due = Never;         // a timestamp
    private long _armedFor = Never;

    public Deadline(ConnectionContext connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
        _timer = time.CreateTimer(static state => ((Deadline)state!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool HasPassed => _passed;

    public void In(TimeSpan timeout)
    {
        _passed = false;
        timeout = timeout < TimeSpan.Zero ? TimeSpan.Zero : timeout;
        long due = _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency);
        Interlocked.Exchange(ref _due, due);                               // before we look whether the timer is set: it may ring at this moment
        if (Interlocked.Read(ref _armedFor) > due)
        {
            Arm(due, timeout);
        }
    }

    /// <summary>The timer stays set: the next deadline is later than this one, mostly, and to set it anew at each command would cost more than to ring in vain.</summary>
    public void Clear() => Interlocked.Exchange(ref _due, Never);

    public void Dispose() => _timer.Dispose();

    private void Arm(long due, TimeSpan after)
    {
        Interlocked.Exchange(ref _armedFor, due);
        _timer.Change(after, Timeout.InfiniteTimeSpan);
    }

    private void Ring()
    {
        Interlocked.Exchange(ref _armedFor, Never);
        long due = Interlocked.Read(ref _due);
        if (due == Never)
        {
            return;
        }

        TimeSpan left = _time.GetElapsedTime(_time.GetTimestamp(), due);
        if (left > TimeSpan.Zero)
        {
            Arm(due, left < Shortest ? Shortest : left);
            return;
        }

        _passed = true;
        IDuplexPipe transport = _connection.Transport;                     // looked up now: STARTTLS may have replaced it
        transport.Input.CancelPendingRead();
        transport.Output.CancelPendingFlush();
    }
}
