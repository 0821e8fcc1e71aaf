namespace Ptt.Web.Queue.Spooling;

/// <summary>Wakes whoever waits for work. A ring while nobody waits is kept, once.</summary>
internal sealed class Bell(TimeProvider time)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _waiter;
    private bool _rung;

    public void Ring()
    {
        TaskCompletionSource? waiter;
        lock (_gate)
        {
            waiter = _waiter;
            _waiter = null;
            _rung = waiter is null;
        }

        waiter?.TrySetResult();
    }

    /// <summary>Somebody looks now: what rang before is heard.</summary>
    public void Hear()
    {
        lock (_gate)
        {
            _rung = false;
        }
    }

    public async ValueTask WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        Task wait;
        lock (_gate)
        {
            if (_rung)
            {
                _rung = false;
                return;
            }

            _waiter ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            wait = _waiter.Task;
        }

        try
        {
            await wait.WaitAsync(atMost, time, cancellationToken);
        }
        catch (TimeoutException)
        {
        }
    }
}
