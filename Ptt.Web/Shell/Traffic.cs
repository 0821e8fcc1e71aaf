using System.Diagnostics.Metrics;

namespace Ptt.Web.Shell;

/// <summary>
/// What went through, minute by minute for a week: heard from the counters that the rooms keep (<c>Ptt.*</c>), told apart by the
/// last word of their names, or by the tag <c>outcome</c> where one counter tells several apart. Memory only; a restart begins anew.
/// </summary>
public sealed class Traffic : IHostedService, IDisposable
{
    public static readonly IReadOnlyList<string> Kinds = ["accepted", "signed", "delivered", "deferred", "failed", "held"];

    private const int Minutes = 7 * 24 * 60;

    private readonly TimeProvider _time;
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, Ring> _rings = Kinds.ToDictionary(k => k, _ => new Ring());

    public Traffic(TimeProvider time)
    {
        _time = time;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            string word = instrument.Name[(instrument.Name.LastIndexOf('.') + 1)..];
            if (!instrument.Meter.Name.StartsWith("Ptt", StringComparison.Ordinal) || instrument.IsObservable)
            {
                return;
            }

            if (_rings.TryGetValue(word, out Ring? ring) || instrument.Name == "ptt.relay.recipients")
            {
                listener.EnableMeasurementEvents(instrument, ring);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, ring) => Count(ring as Ring ?? OfOutcome(tags), value));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, ring) => Count(ring as Ring ?? OfOutcome(tags), value));
        _listener.Start();
    }

    private long Now => _time.GetUtcNow().ToUnixTimeSeconds() / 60;

    /// <summary>The sums of <paramref name="count"/> spans of <paramref name="step"/> (whole minutes), the oldest first; the last holds the current minute.</summary>
    public IReadOnlyList<double> Read(string kind, int count, TimeSpan step)
    {
        int minutes = Math.Max(1, (int)step.TotalMinutes);
        long last = Now;
        return [.. Enumerable.Range(0, count).Select(i => (double)_rings[kind].Sum(last - ((count - i) * minutes) + 1, last - ((count - i - 1) * minutes)))];
    }

    /// <summary>The sum over the last minutes, the current one included.</summary>
    public long Sum(string kind, TimeSpan over)
    {
        long last = Now;
        return _rings[kind].Sum(last - (int)over.TotalMinutes + 1, last);
    }

    /// <summary>Where the first value of such a <see cref="Read"/> stands.</summary>
    public DateTimeOffset From(int count, TimeSpan step) =>
        DateTimeOffset.FromUnixTimeSeconds((Now + 1 - (count * Math.Max(1, (long)step.TotalMinutes))) * 60);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _listener.Dispose();

    private Ring? OfOutcome(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            if (tag is { Key: "outcome", Value: string outcome })
            {
                return _rings.GetValueOrDefault(outcome is "expired" ? "failed" : outcome);
            }
        }

        return null;
    }

    private void Count(Ring? ring, long value) => ring?.Add(Now, value);

    // A slot belongs to the minute that its stamp says; an older one is empty.
    private sealed class Ring
    {
        private readonly Lock _lock = new();
        private readonly long[] _stamps = new long[Minutes];
        private readonly long[] _sums = new long[Minutes];

        public void Add(long minute, long value)
        {
            int slot = (int)(minute % Minutes);
            lock (_lock)
            {
                if (_stamps[slot] != minute)
                {
                    (_stamps[slot], _sums[slot]) = (minute, 0);
                }

                _sums[slot] += value;
            }
        }

        public long Sum(long first, long last)
        {
            long sum = 0;
            lock (_lock)
            {
                for (long minute = Math.Max(0, first); minute <= last; minute++)
                {
                    int slot = (int)(minute % Minutes);
                    sum += _stamps[slot] == minute ? _sums[slot] : 0;
                }
            }

            return sum;
        }
    }
}
