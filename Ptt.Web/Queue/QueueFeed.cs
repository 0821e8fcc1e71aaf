using Ptt.Web.Queue.Spooling;

namespace Ptt.Web.Queue;

/// <summary>Tells pages that the queue has changed; at most four times a second, however much goes through.</summary>
internal sealed class QueueFeed : IDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);

    private readonly SqliteSpool _spool;
    private readonly ITimer _timer;
    private int _pending;

    public QueueFeed(SqliteSpool spool, TimeProvider time)
    {
        _spool = spool;
        _timer = time.CreateTimer(_ => Tell(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        spool.Changed += OnChanged;
    }

    /// <summary>On a thread of the pool. Handlers return at once.</summary>
    public event Action? Changed;

    public void Dispose()
    {
        _spool.Changed -= OnChanged;
        _timer.Dispose();
    }

    private void OnChanged(SpoolChange change)
    {
        if (Changed is not null && Interlocked.Exchange(ref _pending, 1) == 0)
        {
            _timer.Change(Between, Timeout.InfiniteTimeSpan);
        }
    }

    private void Tell()
    {
        Volatile.Write(ref _pending, 0);
        Changed?.Invoke();
    }
}
