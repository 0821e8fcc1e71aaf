using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Ptt.Smtp.Transport;

/// <summary>
/// One timer for a whole session. When it runs out, what the session waits for (reading or writing) ends as cancelled, and
/// <see cref="HasPassed"/> says why. Cheaper than a token for each read, and an idle session costs one timer.
/// </summary>
public sealed class Deadline : IDisposable
{
    private readonly ConnectionContext _connection;
    private readonly ITimer _timer;
    private volatile bool _passed;

    public Deadline(ConnectionContext connection, TimeProvider time)
    {
        _connection = connection;
        _timer = time.CreateTimer(static state => ((Deadline)state!).Pass(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool HasPassed => _passed;

    public void In(TimeSpan timeout)
    {
        _passed = false;
        _timer.Change(timeout < TimeSpan.Zero ? TimeSpan.Zero : timeout, Timeout.InfiniteTimeSpan);
    }

    public void Clear() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer.Dispose();

    private void Pass()
    {
        _passed = true;
        IDuplexPipe transport = _connection.Transport;                     // looked up now: STARTTLS may have replaced it
        transport.Input.CancelPendingRead();
        transport.Output.CancelPendingFlush();
    }
}
