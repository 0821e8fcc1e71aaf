using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// What this process has leased: the lanes in which it waits, and what was handed out until when. One lock around all of it;
/// nothing here touches the disk.
/// </summary>
internal sealed class Hands
{
    private readonly Lock _gate = new();
    private readonly SpoolOptions _options;
    private readonly TimeProvider _time;
    private readonly Window _window;
    private readonly Lanes _lanes;
    private readonly Dictionary<long, Leased> _leased = [];
    private HashSet<string> _paused = [];
    private long _lastLease;
    private long _sweptAt;
    private long _depth;
    private long _uncounted = -1, _lastUncounted = -1;

    public Hands(SpoolOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _window = new Window(options.WindowDeliveries, options.WindowBytes);
        _lanes = new Lanes(_window);
    }

    /// <summary>Messages in the queue.</summary>
    public long Depth => Interlocked.Read(ref _depth);

    public void Added(long messages = 1) => Interlocked.Add(ref _depth, messages);

    /// <summary>On the writer's thread. What a start has not come to yet was never counted.</summary>
    public void Gone(IReadOnlyList<SpooledMessage> messages) =>
        Interlocked.Add(ref _depth, -messages.Count(m => m.Sequence <= _uncounted || m.Sequence > _lastUncounted));

    /// <summary>The messages up to <paramref name="last"/> were there at the start and are counted one stretch after the other.</summary>
    public void BeginCount(long last) => (_uncounted, _lastUncounted) = (0, last);

    public void Counted(long messages, long upTo)
    {
        Added(messages);
        _uncounted = upTo;
    }

    /// <summary>Up to when what waits on disk is known here; what is due later is not kept in memory.</summary>
    public long Horizon
    {
        get
        {
            lock (_gate)
            {
                return _lanes.Horizon;
            }
        }

        set
        {
            lock (_gate)
            {
                _lanes.Horizon = value;
            }
        }
    }

    /// <summary>The messages that have a delivery in memory; of one sender's turn, when it is given.</summary>
    public List<SpooledMessage> InMemory(string? turn = null)
    {
        lock (_gate)
        {
            return [.. _leased.Values.Where(l => turn is null || l.Turn == turn).Select(l => l.Message).Distinct()];
        }
    }

    public long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public long NextLease() => Interlocked.Increment(ref _lastLease);

    /// <summary>Destinations that get nothing until they are resumed.</summary>
    public void SetPaused(HashSet<string> paused)
    {
        lock (_gate)
        {
            _paused = paused;
            _lanes.UnparkAll(Now);
        }
    }

    public bool TryReserve(string turn, Destination destination)
    {
        lock (_gate)
        {
            return _lanes.TryReserve(turn, destination, Now);
        }
    }

    public void Unreserve(int places)
    {
        lock (_gate)
        {
            for (; places > 0; places--)
            {
                _window.GiveBack();
            }
        }
    }

    public bool TryReserveBytes(long octets)
    {
        lock (_gate)
        {
            return _window.TryTakeOctets(octets);
        }
    }

    public void ReleaseBytes(long octets)
    {
        lock (_gate)
        {
            _window.GiveBackOctets(octets);
        }
    }

    public void Put(Leased leased)
    {
        lock (_gate)
        {
            _leased[leased.Lease] = leased;
            _lanes.Put(leased);
        }
    }

    public void Note(string turn, Destination destination, bool retry, long dueAt)
    {
        lock (_gate)
        {
            _lanes.Note(turn, destination, retry, dueAt, Now);
        }
    }

    public List<Fetch> Take(LeaseRequest request, List<Leased> taken)
    {
        lock (_gate)
        {
            int before = taken.Count;
            List<Fetch> fetches = _lanes.Take(request, Now, d => _paused.Count > 0 && _paused.Contains(d.Name), taken);
            for (int i = before; i < taken.Count; i++)
            {
                HandOut(taken[i]);
            }

            return fetches;
        }
    }

    /// <summary>What a fetch brought: the first are handed out, the others wait in their lane as far as the window has room.</summary>
    public void Fetched(Fetch fetch, List<Leased> rows, int handOut, long next)
    {
        lock (_gate)
        {
            for (int i = 0; i < rows.Count; i++)
            {
                _leased[rows[i].Lease] = rows[i];
                if (i < handOut)
                {
                    HandOut(rows[i]);
                }
                else
                {
                    _lanes.Put(rows[i]);
                }
            }

            _lanes.Fetched(fetch.Lane, next, Now);
        }
    }

    /// <summary>How many more than wanted a fetch may bring, leased for the next request.</summary>
    public int ReserveAhead(int wanted)
    {
        lock (_gate)
        {
            int places = Math.Clamp(_window.Free / 8, 0, Math.Min(wanted * 4, 64));
            for (int i = 0; i < places; i++)
            {
                _window.Take();
            }

            return places;
        }
    }

    /// <summary>Null when the lease has ended or was never ours.</summary>
    public Leased? Find(long lease)
    {
        lock (_gate)
        {
            return _leased.GetValueOrDefault(lease);
        }
    }

    /// <summary>It is settled: the lease ends, and with its last delivery the message leaves memory.</summary>
    public bool End(Leased leased)
    {
        lock (_gate)
        {
            if (!_leased.Remove(leased.Lease))
            {
                return false;
            }

            if (leased.Message.LetGo() && leased.Message.Octets is { } octets)
            {
                _window.GiveBackOctets(octets.Length);
            }

            return true;
        }
    }

    /// <summary>A delivery for it has ended. True when mail waits for the room that this may have made.</summary>
    public bool Reopen(Destination destination)
    {
        lock (_gate)
        {
            return _lanes.Unpark(destination, Now);
        }
    }

    /// <summary>
    /// Takes a delivery back that waits in its lane; false when it is being attempted or is not here. A start frees the leases of the last process one after the
    /// other, and their numbers were given anew meanwhile: so it is asked for by its own name, too.
    /// </summary>
    public bool TryWithdraw(DeliveryRow row, out Leased? leased)
    {
        lock (_gate)
        {
            if (!_leased.TryGetValue(row.Lease, out leased) || leased.Message.Sequence != row.Seq || leased.Part != row.Part || leased.EndsAt != 0)
            {
                return false;
            }

            _lanes.Withdraw(leased);
            return true;
        }
    }

    /// <summary>The withdrawal could not be written.</summary>
    public void Return(Leased leased)
    {
        lock (_gate)
        {
            _lanes.Return(leased);
        }
    }

    /// <summary>Those handed out whose time has run out; they are nobody's now. Looked for once a second.</summary>
    public List<Leased> Expired()
    {
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            if (_sweptAt != 0 && _time.GetElapsedTime(_sweptAt, now) < TimeSpan.FromSeconds(1))
            {
                return [];
            }

            _sweptAt = now;
            List<Leased> expired = [.. _leased.Values.Where(l => l.EndsAt != 0 && l.EndsAt <= now)];
            expired.ForEach(l => End(l));
            return expired;
        }
    }

    /// <summary>Until the next of those that wait is due; null when none waits for its _time.</summary>
    public TimeSpan? UntilNextTimer()
    {
        lock (_gate)
        {
            return _lanes.NextTimer is var at && at == Lane.Never ? null : TimeSpan.FromMilliseconds(Math.Clamp(at - Now, 0, 86_400_000));
        }
    }

    public void Shift(long by)
    {
        lock (_gate)
        {
            _lanes.Shift(by, Now);
        }
    }

    private void HandOut(Leased leased) =>
        leased.EndsAt = _time.GetTimestamp() + (long)(_options.LeaseFor.TotalSeconds * _time.TimestampFrequency);
}
