using System.Diagnostics.Metrics;

namespace Ptt.Web.Shell.Flow;

/// <summary>
/// What went through, minute by minute for a week: heard from the counters that the rooms keep (<c>Ptt.*</c>), told apart by the
/// last word of their names, or by the tag <c>outcome</c> where one counter tells several apart. <see cref="FlowKeeper"/> keeps it over a restart.
/// </summary>
internal sealed class Traffic : IDisposable
{
    public static readonly IReadOnlyList<string> Kinds = ["accepted", "signed", "delivered", "deferred", "failed", "held"];

    private readonly TimeProvider _time;
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, Minutes> _rings = Kinds.ToDictionary(k => k, _ => new Minutes());

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

            if (_rings.TryGetValue(word, out Minutes? ring))
            {
                listener.EnableMeasurementEvents(instrument, ring);
            }
            else if (instrument.Name is "ptt.relay.recipients" or "ptt.relay.latency")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, ring) => (ring as Minutes ?? OfOutcome(tags))?.Add(Now, value));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, ring) => (ring as Minutes ?? OfOutcome(tags))?.Add(Now, value));
        _listener.SetMeasurementEventCallback<double>((_, value, _, _) => Latency.Add(Now, Latencies.SpanOf(value), 1));
        _listener.Start();
    }

    /// <summary>From acceptance to delivery.</summary>
    public Latencies Latency { get; } = new();

    /// <summary>Since 1970.</summary>
    public long Now => _time.GetUtcNow().ToUnixTimeSeconds() / 60;

    /// <summary>The sums of <paramref name="count"/> spans of <paramref name="step"/> (whole minutes), the oldest first; the last holds the current minute.</summary>
    public IReadOnlyList<double> Read(string kind, int count, TimeSpan step) =>
        [.. Windows(count, step).Select(w => (double)_rings[kind].Sum(w.First, w.Last))];

    /// <summary>The same for the time that this share of deliveries stayed within, in seconds; nought where there was none.</summary>
    public IReadOnlyList<double> ReadLatency(double share, int count, TimeSpan step) =>
        [.. Windows(count, step).Select(w => Latency.Percentile(w.First, w.Last, share)?.TotalSeconds ?? 0)];

    /// <summary>The sum over the last minutes, the current one included.</summary>
    public long Sum(string kind, TimeSpan over) => _rings[kind].Sum(Now - (int)over.TotalMinutes + 1, Now);

    /// <summary>Null when nothing was delivered in that time.</summary>
    public TimeSpan? Percentile(double share, TimeSpan over) => Latency.Percentile(Now - (int)over.TotalMinutes + 1, Now, share);

    public void Add(string kind, long minute, long value) => _rings[kind].Add(minute, value);

    public long At(string kind, long minute) => _rings[kind].Sum(minute, minute);

    /// <summary>Where the first value of such a <see cref="Read"/> stands.</summary>
    public DateTimeOffset From(int count, TimeSpan step) =>
        DateTimeOffset.FromUnixTimeSeconds((Now + 1 - (count * Math.Max(1, (long)step.TotalMinutes))) * 60);

    public void Dispose() => _listener.Dispose();

    private IEnumerable<(long First, long Last)> Windows(int count, TimeSpan step)
    {
        int minutes = Math.Max(1, (int)step.TotalMinutes);
        long last = Now;
        return Enumerable.Range(0, count).Select(i => (last - ((count - i) * minutes) + 1, last - ((count - i - 1) * minutes)));
    }

    private Minutes? OfOutcome(ReadOnlySpan<KeyValuePair<string, object?>> tags)
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
}
