using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// The senders that have mail, and what lanes each has: awake, as objects, or asleep. Both are forgotten when nothing of theirs is left. Not thread-safe: its
/// owner locks.
/// </summary>
internal sealed class Senders
{
    private readonly Dictionary<string, Sender> _senders = [];
    private readonly Sleepers _asleep = new();

    /// <summary>Who has nothing before this is forgotten.</summary>
    public long Horizon { get; set; }

    /// <summary>Those that are awake, as they are at this moment.</summary>
    public Lane[] Awake => [.. _senders.Values.SelectMany(s => s.Lanes.Values)];

    /// <summary>When the first of those asleep is due; <see cref="Lane.Never"/> when none is.</summary>
    public long NextWaking => _asleep.Earliest;

    /// <summary>Of those that are awake.</summary>
    public Lane? Find(string turn, Destination destination, bool retry) =>
        _senders.TryGetValue(turn, out Sender? sender) && sender.Lanes.TryGetValue((destination.Name, retry), out Lane? lane) ? lane : null;

    /// <summary>Wakes it where it sleeps.</summary>
    public Lane Get(string turn, Destination destination, bool retry)
    {
        Sender sender = Get(turn);
        if (!sender.Lanes.TryGetValue((destination.Name, retry), out Lane? lane))
        {
            lane = new Lane(sender, destination, retry);
            if (_asleep.TryTake(sender, destination, retry, out long dueAt))
            {
                lane.Earliest = dueAt;
            }

            sender.Lanes[(destination.Name, retry)] = lane;
        }

        return lane;
    }

    /// <summary>A lane that is not awake is due then, or earlier.</summary>
    public void Sleep(string turn, Destination destination, bool retry, long dueAt)
    {
        if (dueAt <= Horizon)
        {
            _asleep.Sleep(Get(turn), destination, retry, dueAt);
        }
    }

    /// <summary>Nobody looks at it before it is due: it sleeps until then, or is forgotten when nothing of it is left before the horizon.</summary>
    public void LayDown(Lane lane)
    {
        lane.Sender.Lanes.Remove((lane.Destination.Name, lane.Retry));
        if (lane.Earliest != Lane.Never && lane.Earliest <= Horizon)
        {
            _asleep.Sleep(lane.Sender, lane.Destination, lane.Retry, lane.Earliest);
        }
        else if (lane.Sender is { Lanes.Count: 0, Asleep: 0 })
        {
            _senders.Remove(lane.Sender.Name);
        }
    }

    /// <summary>The next that is due, awake again; null when none is.</summary>
    public Lane? Wake(long now)
    {
        if (!_asleep.TryWake(now, out Sender? sender, out Destination destination, out bool retry, out long dueAt))
        {
            return null;
        }

        return sender.Lanes[(destination.Name, retry)] = new Lane(sender, destination, retry) { Earliest = dueAt };
    }

    /// <summary>The wall clock was set.</summary>
    public void Shift(long by)
    {
        Horizon += by;
        _asleep.Shift(by);
        foreach (Lane lane in Awake)
        {
            lane.Earliest = lane.Earliest == Lane.Never ? Lane.Never : lane.Earliest + by;
        }
    }

    private Sender Get(string turn)
    {
        if (!_senders.TryGetValue(turn, out Sender? sender))
        {
            _senders[turn] = sender = new Sender(turn);
        }

        return sender;
    }
}
