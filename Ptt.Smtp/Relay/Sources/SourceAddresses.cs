using System.Net.Sockets;
using Ptt.Smtp.Client;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay.Sources;

/// <summary>
/// Which of our addresses a delivery leaves from. A sender's domain keeps to its address at a provider, for reputation belongs to the pair; an address
/// in its warm-up takes first attempts up to the day's ceiling for the provider, and what is more, and every retry, leaves from the warm ones.
/// </summary>
public sealed class SourceAddresses
{
    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(5);

    private readonly Source[] _sources;
    private readonly IReadOnlyList<int> _schedule;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Source, string Provider), long> _counts = [];
    private readonly Dictionary<string, int> _inFlight = [];
    private DateOnly _day;

    public SourceAddresses(IReadOnlyList<Source> sources, IReadOnlyList<int> schedule, TimeProvider time, ISourceLedger? ledger = null)
    {
        _sources = [.. sources];
        _schedule = schedule;
        _time = time;
        _day = Today;
        foreach (SourceCount count in _sources.Length > 0 && ledger is not null ? ledger.Load(_day) : [])
        {
            _counts[(count.Source, count.Provider)] = count.Messages;
        }
    }

    private DateOnly Today => DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime);

    /// <summary>Null: nothing is configured for this sender, and the system chooses.</summary>
    public SourceLease? Take(Delivery delivery, string provider)
    {
        Source[] mine = _sources.Length == 0 ? [] : For(delivery.Envelope.ReversePath?.DomainText);
        if (mine.Length == 0)
        {
            return null;
        }

        string steady = $"{delivery.Envelope.ReversePath?.DomainText}|{provider}";
        lock (_gate)
        {
            Turn();
            Source? v4 = Choose(mine, AddressFamily.InterNetwork, provider, delivery.Attempt, steady);
            Source? v6 = Choose(mine, AddressFamily.InterNetworkV6, provider, delivery.Attempt, steady);
            if (v4 is null && v6 is null)
            {
                return new SourceLease(this, provider, null, null) { NotNow = (ClientReplies.SourcesUsedUp, mine.Any(IsBusy) ? SoonAgain : UntilTomorrow()) };
            }

            Count(v4, provider, 1);
            Count(v6, provider, 1);
            return new SourceLease(this, provider, v4, v6);
        }
    }

    /// <summary>What each of the sender's sources has sent to the provider today, and may.</summary>
    public IReadOnlyList<SourceState> Explain(string? senderDomain, string provider)
    {
        lock (_gate)
        {
            Turn();
            return [.. For(senderDomain).Select(s => new SourceState(s, _counts.GetValueOrDefault((s.Name, provider)), CeilingOf(s), _inFlight.GetValueOrDefault(s.Name)))];
        }
    }

    /// <summary>The counts of the day, for whoever keeps them.</summary>
    public IReadOnlyList<SourceCount> Counts()
    {
        lock (_gate)
        {
            Turn();
            return [.. _counts.Select(c => new SourceCount(_day, c.Key.Source, c.Key.Provider, c.Value))];
        }
    }

    internal void Release(SourceLease lease)
    {
        lock (_gate)
        {
            foreach (Source source in new[] { lease.V4, lease.V6 }.OfType<Source>())
            {
                _inFlight[source.Name] = Math.Max(0, _inFlight.GetValueOrDefault(source.Name) - 1);
                if (!lease.Used.Contains(source.Address) && _counts.TryGetValue((source.Name, lease.Provider), out long count) && count > 0)
                {
                    _counts[(source.Name, lease.Provider)] = count - 1;
                }
            }
        }
    }

    private Source[] For(string? senderDomain)
    {
        Source[] own = senderDomain is null ? [] : [.. _sources.Where(s => s.Domains.Contains(senderDomain, StringComparer.OrdinalIgnoreCase))];
        return own.Length > 0 ? own : [.. _sources.Where(s => s.Domains.Count == 0)];
    }

    private Source? Choose(Source[] mine, AddressFamily family, string provider, int attempt, string steady)
    {
        Source[] free = [.. mine.Where(s => s.Address.AddressFamily == family && !IsBusy(s) && (s.PerDay == 0 || SentBy(s) < s.PerDay))];
        Source[] warm = [.. free.Where(s => CeilingOf(s) is null)];
        Source? warming = free
            .Where(s => CeilingOf(s) is { } ceiling && _counts.GetValueOrDefault((s.Name, provider)) < ceiling)
            .MinBy(s => _counts.GetValueOrDefault((s.Name, provider)));

        // The first attempt warms; whoever is tried again has a person waiting, and goes by the address that is known.
        return warm.Length == 0 || (attempt == 1 && warming is not null) ? warming : warm.MaxBy(s => Affinity(s.Name, steady));
    }

    /// <summary>Null: warm. A day before the first has no room at all.</summary>
    private long? CeilingOf(Source source)
    {
        if (source.WarmingSince is not { } since)
        {
            return null;
        }

        int day = _day.DayNumber - since.DayNumber;
        return day < 0 ? 0 : day < _schedule.Count ? _schedule[day] : null;
    }

    private bool IsBusy(Source source) => source.MaxConnections > 0 && _inFlight.GetValueOrDefault(source.Name) >= source.MaxConnections;

    private long SentBy(Source source) => _counts.Where(c => c.Key.Source == source.Name).Sum(c => c.Value);

    private void Count(Source? source, string provider, int by)
    {
        if (source is not null)
        {
            _counts[(source.Name, provider)] = _counts.GetValueOrDefault((source.Name, provider)) + by;
            _inFlight[source.Name] = _inFlight.GetValueOrDefault(source.Name) + by;
        }
    }

    /// <summary>At midnight UTC the counts begin anew.</summary>
    private void Turn()
    {
        if (Today != _day)
        {
            _day = Today;
            _counts.Clear();
        }
    }

    private TimeSpan UntilTomorrow() => _day.AddDays(1).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) - _time.GetUtcNow().UtcDateTime;

    /// <summary>Highest random weight (rendezvous hashing): a source that comes or goes moves only the pairs that were its own. FNV-1a, the same in every process.</summary>
    private static ulong Affinity(string source, string steady)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in $"{source}|{steady}")
        {
            hash = (hash ^ c) * 1099511628211;
        }

        return hash ^ (hash >> 29);
    }
}

/// <summary><paramref name="Ceiling"/>: messages to the provider today; null: it is warm.</summary>
public sealed record SourceState(Source Source, long Today, long? Ceiling, int InFlight);
