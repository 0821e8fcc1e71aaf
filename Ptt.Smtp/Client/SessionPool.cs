namespace Ptt.Smtp.Client;

/// <summary>
/// Open sessions that wait a short while for the next message to the same host, address and TLS policy; the freshest first.
/// It bounds how many connections there are in all: when there is no room, an idle session of another host makes some.
/// </summary>
public sealed class SessionPool : IAsyncDisposable
{
    private readonly Dictionary<SessionKey, List<Idle>> _idle = [];
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _room;
    private readonly Dialer _dialer;
    private readonly SessionPoolOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;
    private int _open;
    private int _waiting;
    private bool _closed;

    public SessionPool(Dialer dialer, SessionPoolOptions options, TimeProvider time)
    {
        _dialer = dialer;
        _options = options;
        _time = time;
        _room = new SemaphoreSlim(options.MaxConnections);
        TimeSpan half = options.KeepIdle / 2;
        _sweep = time.CreateTimer(static pool => ((SessionPool)pool!).Sweep(), this, half, half);
    }

    /// <summary>Connections that exist now, idle ones included.</summary>
    public int OpenConnections => Volatile.Read(ref _open);

    /// <summary>
    /// A session that is ready for a transaction, to any of <paramref name="targets"/> (addresses of one host). <c>Reused</c>: it has carried one
    /// before, and may turn out to be closed.
    /// </summary>
    public async ValueTask<(SessionOpening Opening, bool Reused)> RentAsync(
        IReadOnlyList<SessionTarget> targets, bool fresh, CancellationToken cancellationToken)
    {
        while (!fresh && Take(targets) is { } idle)
        {
            // Just returned: not worth a system call to ask.
            if (_time.GetElapsedTime(idle.Since) < TimeSpan.FromMilliseconds(500) ? idle.Session.IsUsable : idle.Session.IsAlive())
            {
                return (new SessionOpening.Opened(idle.Session), true);
            }

            await DropAsync(idle.Session).ConfigureAwait(false);
        }

        if (!_room.Wait(0, CancellationToken.None))
        {
            if (TakeOldest() is { } other)
            {
                await CloseAsync(other.Session).ConfigureAwait(false);
            }

            Interlocked.Increment(ref _waiting);
            try
            {
                await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }

        Interlocked.Increment(ref _open);
        SessionOpening opening = new SessionOpening.Refused(SmtpPhase.Connect, ClientReplies.Stopping, null);
        try
        {
            opening = await SmtpClientSession.OpenAsync(targets, _options.HeloName, _dialer, _options.Timeouts, _time, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (opening is SessionOpening.Refused)
            {
                Release();
            }
        }

        return (opening, false);
    }

    /// <summary>Gives a session back: kept for the next message when it is fit for one, closed otherwise.</summary>
    public ValueTask ReturnAsync(SmtpClientSession session)
    {
        // While someone waits for room, an idle session would only stand in the way.
        if (session.IsUsable && session.Transactions < _options.MaxTransactions && Volatile.Read(ref _waiting) == 0)
        {
            lock (_lock)
            {
                if (!_closed)
                {
                    if (!_idle.TryGetValue(session.Target.Key, out List<Idle>? list))
                    {
                        _idle[session.Target.Key] = list = [];
                    }

                    list.Add(new Idle(session, _time.GetTimestamp()));
                    return ValueTask.CompletedTask;
                }
            }
        }

        return session.IsUsable ? CloseAsync(session) : DropAsync(session);
    }

    /// <summary>Gives up a session that stands in the middle of something.</summary>
    public ValueTask DiscardAsync(SmtpClientSession session) => DropAsync(session);

    public async ValueTask DisposeAsync()
    {
        List<Idle> all;
        lock (_lock)
        {
            _closed = true;
            all = [.. _idle.Values.SelectMany(l => l)];
            _idle.Clear();
        }

        await _sweep.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(all.Select(i => CloseAsync(i.Session).AsTask())).ConfigureAwait(false);
    }

    private Idle? Take(IReadOnlyList<SessionTarget> targets)
    {
        lock (_lock)
        {
            foreach (SessionTarget target in targets)
            {
                if (_idle.Count > 0 && _idle.TryGetValue(target.Key, out List<Idle>? list))
                {
                    Idle last = list[^1];
                    list.RemoveAt(list.Count - 1);
                    if (list.Count == 0)
                    {
                        _idle.Remove(target.Key);
                    }

                    return last;
                }
            }

            return null;
        }
    }

    private Idle? TakeOldest()
    {
        lock (_lock)
        {
            if (_idle.Count == 0)
            {
                return null;
            }

            (SessionKey key, List<Idle> list) = _idle.MinBy(p => p.Value[0].Since);
            Idle oldest = list[0];
            list.RemoveAt(0);
            if (list.Count == 0)
            {
                _idle.Remove(key);
            }

            return oldest;
        }
    }

    private void Sweep()
    {
        List<Idle> old = [];
        lock (_lock)
        {
            foreach ((SessionKey key, List<Idle> list) in _idle.ToArray())
            {
                old.AddRange(list.Where(i => _time.GetElapsedTime(i.Since) >= _options.KeepIdle));
                list.RemoveAll(i => _time.GetElapsedTime(i.Since) >= _options.KeepIdle);
                if (list.Count == 0)
                {
                    _idle.Remove(key);
                }
            }
        }

        foreach (Idle idle in old)
        {
            _ = CloseAsync(idle.Session).AsTask();     // QUIT has its own short end and reports nothing to anyone
        }
    }

    private async ValueTask CloseAsync(SmtpClientSession session)
    {
        try
        {
            await session.QuitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            Release();
        }
    }

    private async ValueTask DropAsync(SmtpClientSession session)
    {
        try
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            Release();
        }
    }

    private void Release()
    {
        Interlocked.Decrement(ref _open);
        _room.Release();
    }

    private sealed record Idle(SmtpClientSession Session, long Since);
}

/// <summary>For the whole pool.</summary>
public sealed record SessionPoolOptions
{
    public required string HeloName { get; init; }

    public int MaxConnections { get; init; } = 200;

    /// <summary>An idle session is closed after so long; servers dislike guests who sit there.</summary>
    public TimeSpan KeepIdle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>So many messages over one connection; then a new one, so that a load balancer gets its say.</summary>
    public int MaxTransactions { get; init; } = 1000;

    public ClientTimeouts Timeouts { get; init; } = new();
}
