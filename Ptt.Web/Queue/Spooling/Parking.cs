using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// The lanes whose destination has no room, set aside until it has some: a queue for thousands of full destinations must not be walked at each request. Not
/// thread-safe: its owner locks.
/// </summary>
internal sealed class Parking
{
    private const int Few = 256;        // so many destinations are asked for room at each request, more of them four times a second
    private const long Between = 250;

    private readonly Dictionary<Destination, List<Lane>> _lanes = [];
    private readonly List<Destination> _withRoom = [];
    private long _askedAt;

    public IReadOnlyCollection<Destination> Destinations => _lanes.Keys;

    /// <summary>When the many are asked again; <see cref="Lane.Never"/> while they are few.</summary>
    public long NextLook => _lanes.Count > Few ? _askedAt + Between : Lane.Never;

    public void Park(Lane lane)
    {
        lane.InRotation = false;
        lane.Parked = true;
        if (!_lanes.TryGetValue(lane.Destination, out List<Lane>? lanes))
        {
            _lanes[lane.Destination] = lanes = [];
        }

        lanes.Add(lane);
    }

    /// <summary>Empty when none of the destination is parked.</summary>
    public IReadOnlyList<Lane> Leave(Destination destination)
    {
        if (!_lanes.Remove(destination, out List<Lane>? lanes))
        {
            return [];
        }

        lanes.ForEach(l => l.Parked = false);
        return lanes;
    }

    /// <summary>Asks for room, if it is time to. The list is good until the next call.</summary>
    public List<Destination> WithRoom(Func<Destination, bool> hasRoom, long now)
    {
        _withRoom.Clear();
        if (_lanes.Count == 0 || (_lanes.Count > Few && now >= _askedAt && now - _askedAt < Between))
        {
            return _withRoom;
        }

        _askedAt = now;
        foreach (Destination destination in _lanes.Keys)
        {
            if (hasRoom(destination))
            {
                _withRoom.Add(destination);
            }
        }

        return _withRoom;
    }
}
