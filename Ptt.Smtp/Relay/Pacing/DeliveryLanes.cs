namespace Ptt.Smtp.Relay.Pacing;

/// <summary>
/// The deliveries that are leased and wait for their turn, by provider: each has so many lanes, and a delivery that is done makes room for
/// the next of its own. That is what keeps one hanging destination from holding up the others. Locked, not shared out: every step is a
/// few instructions.
/// </summary>
internal sealed class DeliveryLanes(Func<Destination, string> keyOf, Func<string, int> limit, int atMost)
{
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _held;
    private bool _wanted;
    private bool _closed;

    /// <summary>How many more deliveries may be leased.</summary>
    public int Room
    {
        get
        {
            lock (_lock)
            {
                _wanted |= _held >= atMost;
                return Math.Max(0, atMost - _held);
            }
        }
    }

    /// <summary>As many again as run may wait, so that a lane that comes free need not wait for the spool.</summary>
    public int RoomFor(Destination destination)
    {
        lock (_lock)
        {
            string key = keyOf(destination);
            int held = _lanes.TryGetValue(key, out Lane? lane) ? lane.Running + lane.Waiting.Count : 0;
            int room = Math.Max(0, (2 * limit(key)) - held);
            _wanted |= room == 0;
            return room;
        }
    }

    /// <summary>Not null: run it now, under this key, and afterwards ask <see cref="Next"/>. Null: it waits for its turn.</summary>
    public string? TryStart(Delivery delivery)
    {
        lock (_lock)
        {
            string key = keyOf(delivery.Destination);
            if (!_lanes.TryGetValue(key, out Lane? lane))
            {
                _lanes[key] = lane = new Lane();
            }

            _held++;
            if (!_closed && lane.Running < limit(key))
            {
                lane.Running++;
                return key;
            }

            lane.Waiting.Enqueue(delivery);
            return null;
        }
    }

    /// <summary>The lane's next delivery; null ends the lane.</summary>
    public Delivery? Next(string key)
    {
        lock (_lock)
        {
            Lane lane = _lanes[key];
            if (!_closed && lane.Running <= limit(key) && lane.Waiting.TryDequeue(out Delivery? next))
            {
                return next;
            }

            lane.Running--;
            if (lane.Running == 0 && lane.Waiting.Count == 0)
            {
                _lanes.Remove(key);
            }

            return null;
        }
    }

    /// <summary>A limit that has grown lets one more of the waiting ones begin.</summary>
    public Delivery? TryStartWaiting(string key)
    {
        lock (_lock)
        {
            if (_closed || !_lanes.TryGetValue(key, out Lane? lane) || lane.Running >= limit(key) || !lane.Waiting.TryDequeue(out Delivery? next))
            {
                return null;
            }

            lane.Running++;
            return next;
        }
    }

    /// <summary>Counts deliveries out; whoever waits for room is told.</summary>
    public void Release(int count)
    {
        TaskCompletionSource? ring = null;
        lock (_lock)
        {
            _held -= count;
            if (_wanted)
            {
                (ring, _wanted) = (_room, false);
                _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        ring?.SetResult();
    }

    /// <summary>Completes when room comes after someone has found none. Taken before looking for room, or what comes meanwhile is missed.</summary>
    public Task RoomCame
    {
        get
        {
            lock (_lock)
            {
                return _room.Task;
            }
        }
    }

    /// <summary>Starts nothing more; gives back what never began.</summary>
    public List<Delivery> Close()
    {
        lock (_lock)
        {
            _closed = true;
            List<Delivery> waiting = [.. _lanes.Values.SelectMany(l => l.Waiting)];
            foreach (Lane lane in _lanes.Values)
            {
                lane.Waiting.Clear();
            }

            return waiting;
        }
    }

    private sealed class Lane
    {
        public int Running;

        public Queue<Delivery> Waiting { get; } = new();
    }
}
