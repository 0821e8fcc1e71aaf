using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// Who is next. Senders take turns; within a sender, its destinations do; within a destination, age decides. What is in
/// memory is handed out at once, what waits on disk is named as a <see cref="Fetch"/>. Memory holds a bounded window of
/// deliveries and for what is due soon one line per lane: when the next one is due. A lane is awake while it is in the rotation of its
/// sender, parked, or fetched for. Not thread-safe: its owner locks. Times are milliseconds since 1970.
/// </summary>
internal sealed class Lanes(Window window)
{
    private const int MaxLooks = 512;   // lanes looked at for one delivery before the turn passes: a bound when most destinations are full

    private readonly Senders _senders = new();
    private readonly Queue<Sender> _turns = [];
    private readonly Parking _parked = new();

    /// <summary>When there is something to look at again: one is due, or the many destinations without room are asked.</summary>
    public long NextTimer => Math.Min(_senders.NextWaking, _parked.NextLook);

    /// <summary>A lane that has nothing before this is not kept.</summary>
    public long Horizon
    {
        get => _senders.Horizon;
        set => _senders.Horizon = value;
    }

    /// <summary>
    /// Room in the window for one more delivery? No lane gets more than what it leaves to the others, and one whose destination has no room gets none, so that
    /// what hangs never fills the window; a lane with mail on disk goes on there, so that age keeps its order.
    /// </summary>
    public bool TryReserve(string turn, Destination destination, long now)
    {
        if (window.Free <= 0)
        {
            return false;
        }

        WakeThoseDue(now);
        Lane? lane = _senders.Find(turn, destination, retry: false);
        if (lane is not null && (lane.Parked || lane.Earliest <= now || lane.InHand > window.Free))
        {
            return false;
        }

        window.Take();
        return true;
    }

    /// <summary>A leased delivery with a reserved place.</summary>
    public void Put(Leased leased)
    {
        Lane lane = _senders.Get(leased.Turn, leased.Destination, leased.Retry);
        if (!leased.InLane)
        {
            leased.InLane = true;
            lane.Put(leased);
        }

        Activate(lane);
    }

    /// <summary>Something of this lane waits on disk and is due then.</summary>
    public void Note(string turn, Destination destination, bool retry, long dueAt, long now)
    {
        if (dueAt > now && _senders.Find(turn, destination, retry) is null)
        {
            _senders.Sleep(turn, destination, retry, dueAt);
            return;
        }

        Lane lane = _senders.Get(turn, destination, retry);
        lane.Earliest = Math.Min(lane.Earliest, dueAt);
        if (lane.Earliest <= now)
        {
            Activate(lane);
        }
    }

    /// <summary>Takes what is in memory into <paramref name="taken"/> and says what to fetch for the rest of the request.</summary>
    public List<Fetch> Take(LeaseRequest request, long now, Func<Destination, bool> paused, List<Leased> taken)
    {
        WakeThoseDue(now);
        var room = new Dictionary<Destination, int>();
        var fetches = new List<Fetch>();
        var aside = new List<Sender>();
        int left = request.AtMost;
        foreach (Destination destination in _parked.WithRoom(RoomFor, now))
        {
            Unpark(destination, now);
        }

        while (left > 0 && _turns.TryDequeue(out Sender? sender))
        {
            if (TakeOne(sender, sender.PrefersRetry) || TakeOne(sender, !sender.PrefersRetry))
            {
                left--;
                sender.Served();
                if (sender.Fresh.Count + sender.Retries.Count > 0)
                {
                    _turns.Enqueue(sender);
                    continue;
                }

                sender.InTurns = false;
                continue;
            }

            if (sender.Fresh.Count + sender.Retries.Count > 0)
            {
                aside.Add(sender);   // all it has is for destinations without room
            }
            else
            {
                sender.InTurns = false;
            }
        }

        aside.ForEach(_turns.Enqueue);
        return fetches;

        bool TakeOne(Sender sender, bool retries)
        {
            Queue<Lane> rotation = retries ? sender.Retries : sender.Fresh;
            for (int looks = Math.Min(rotation.Count, MaxLooks); looks > 0; looks--)
            {
                Lane lane = rotation.Dequeue();
                if (!RoomFor(lane.Destination))
                {
                    _parked.Park(lane);
                    continue;
                }

                if (TryPop(lane, out Leased? leased))
                {
                    taken.Add(leased);
                    room[lane.Destination]--;
                }
                else if (lane.Earliest <= now && (!lane.Fetching || fetches.Exists(f => f.Lane == lane)))
                {
                    Want(lane);
                    room[lane.Destination]--;
                }
                else
                {
                    lane.InRotation = false;
                    Settle(lane, now);
                    continue;
                }

                rotation.Enqueue(lane);
                return true;
            }

            return false;
        }

        bool RoomFor(Destination destination)
        {
            if (!room.TryGetValue(destination, out int free))
            {
                free = paused(destination) ? 0 : request.RoomFor(destination);
                room[destination] = free;
            }

            return free > 0;
        }

        void Want(Lane lane)
        {
            if (fetches.Find(f => f.Lane == lane) is { } fetch)
            {
                fetch.Wanted++;
                return;
            }

            lane.Fetching = true;
            fetches.Add(new Fetch(lane));
        }
    }

    /// <summary>A fetch came back; what it brought is with whoever asked. The next of the lane is due at <paramref name="next"/>.</summary>
    public void Fetched(Lane lane, long next, long now)
    {
        lane.Fetching = false;
        lane.Earliest = next;
        Settle(lane, now);
    }

    /// <summary>Something of this destination has ended: it may have room again. True when mail waits for that.</summary>
    public bool Unpark(Destination destination, long now)
    {
        IReadOnlyList<Lane> lanes = _parked.Leave(destination);
        foreach (Lane lane in lanes)
        {
            Settle(lane, now);
        }

        return lanes.Count > 0;
    }

    public void UnparkAll(long now)
    {
        foreach (Destination destination in _parked.Destinations.ToArray())
        {
            Unpark(destination, now);
        }
    }

    /// <summary>Takes a waiting delivery back; its queue drops it when it comes to it.</summary>
    public void Withdraw(Leased leased)
    {
        leased.Withdrawn = true;
        window.GiveBack();
    }

    /// <summary>The withdrawal did not come to pass; it stands where it stood, unless its queue has dropped it.</summary>
    public void Return(Leased leased)
    {
        leased.Withdrawn = false;
        window.Take();
        Put(leased);
    }

    /// <summary>The wall clock was set: everything that waits for its time moves with it.</summary>
    public void Shift(long by, long now)
    {
        _senders.Shift(by);
        foreach (Lane lane in _senders.Awake)
        {
            Settle(lane, now);
        }

        WakeThoseDue(now);
    }

    private bool TryPop(Lane lane, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Leased? leased)
    {
        while (lane.TryTake(out leased))
        {
            leased.InLane = false;
            if (!leased.Withdrawn)
            {
                window.GiveBack();
                return true;
            }
        }

        return false;
    }

    private void WakeThoseDue(long now)
    {
        while (_senders.Wake(now) is { } lane)
        {
            Activate(lane);
        }
    }

    private void Settle(Lane lane, long now)
    {
        if (lane.InHand > 0 || (lane.Earliest <= now && !lane.Fetching))
        {
            Activate(lane);
        }
        else if (!lane.IsLookedAt)
        {
            _senders.LayDown(lane);
        }
    }

    private void Activate(Lane lane)
    {
        if (lane.Parked)
        {
            return;
        }

        if (!lane.InRotation)
        {
            lane.InRotation = true;
            lane.Sender.RotationOf(lane).Enqueue(lane);
        }

        if (!lane.Sender.InTurns)
        {
            lane.Sender.InTurns = true;
            _turns.Enqueue(lane.Sender);
        }
    }
}
