using System.Diagnostics.CodeAnalysis;
using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Spooling;

/// <summary>What one sender has for one destination, new mail and retries apart: some of it in memory, the rest on disk.</summary>
internal sealed class Lane(Sender sender, Destination destination, bool retry)
{
    public const long Never = long.MaxValue;

    private Queue<Leased>? _inHand;

    public Sender Sender { get; } = sender;

    public Destination Destination { get; } = destination;

    public bool Retry { get; } = retry;

    /// <summary>Leased on disk already: so many.</summary>
    public int InHand => _inHand?.Count ?? 0;

    /// <summary>When the first of those that wait on disk is due, or earlier; <see cref="Never"/> when none waits there.</summary>
    public long Earliest { get; set; } = Never;

    public bool InRotation { get; set; }

    /// <summary>Its destination had no room; it is looked at again when that has.</summary>
    public bool Parked { get; set; }

    /// <summary>Somebody is fetching from disk.</summary>
    public bool Fetching { get; set; }

    /// <summary>Somebody comes to it in any case; of what is not looked at, nothing is in hand.</summary>
    public bool IsLookedAt => InRotation || Parked || Fetching;

    public void Put(Leased leased) => (_inHand ??= []).Enqueue(leased);

    /// <summary>In the order in which they are handed out.</summary>
    public bool TryTake([NotNullWhen(true)] out Leased? leased)
    {
        leased = null;
        return _inHand?.TryDequeue(out leased) ?? false;
    }
}

/// <summary>Everything of one sender. It takes its turn among the others, however much it has.</summary>
internal sealed class Sender(string name)
{
    private int _served;

    public string Name { get; } = name;

    public Dictionary<(string Destination, bool Retry), Lane> Lanes { get; } = [];

    public Queue<Lane> Fresh { get; } = [];

    public Queue<Lane> Retries { get; } = [];

    public bool InTurns { get; set; }

    /// <summary>So many lanes of it have no object.</summary>
    public int Asleep { get; set; }

    public Queue<Lane> RotationOf(Lane lane) => lane.Retry ? Retries : Fresh;

    /// <summary>New mail goes before retries three times of four, so that neither starves the other.</summary>
    public bool PrefersRetry => _served % 4 == 3;

    public void Served() => _served++;
}

/// <summary>What a request wants from the disk for one lane.</summary>
internal sealed class Fetch(Lane lane)
{
    public Lane Lane { get; } = lane;

    public int Wanted { get; set; } = 1;
}
