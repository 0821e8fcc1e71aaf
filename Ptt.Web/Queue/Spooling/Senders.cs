using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Spooling;

/// <summary>The senders that have mail, and what lanes each has; both are forgotten when nothing of theirs is left. Not thread-safe: its owner locks.</summary>
internal sealed class Senders
{
    private readonly Dictionary<string, Sender> _senders = [];

    /// <summary>As they are at this moment.</summary>
    public Lane[] Lanes => [.. _senders.Values.SelectMany(s => s.Lanes.Values)];

    public Lane? Find(string turn, Destination destination, bool retry) =>
        _senders.TryGetValue(turn, out Sender? sender) && sender.Lanes.TryGetValue((destination.Name, retry), out Lane? lane) ? lane : null;

    public Lane Get(string turn, Destination destination, bool retry)
    {
        if (!_senders.TryGetValue(turn, out Sender? sender))
        {
            _senders[turn] = sender = new Sender(turn);
        }

        if (!sender.Lanes.TryGetValue((destination.Name, retry), out Lane? lane))
        {
            sender.Lanes[(destination.Name, retry)] = lane = new Lane(sender, destination, retry);
        }

        return lane;
    }

    public void Forget(Lane lane)
    {
        if (lane.InRotation || lane.Parked)
        {
            return;   // it is forgotten when its rotation comes to it
        }

        lane.Sender.Lanes.Remove((lane.Destination.Name, lane.Retry));
        if (lane.Sender.Lanes.Count == 0)
        {
            _senders.Remove(lane.Sender.Name);
        }
    }
}
