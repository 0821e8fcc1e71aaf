using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Ptt.Web.Monitoring;

/// <summary>
/// Listens to every instrument of ours (<c>Ptt.*</c>), of the runtime and of Kestrel, and keeps their sums. It never measures anything itself; the
/// rooms do, with System.Diagnostics.Metrics. <see cref="PrometheusText"/> writes it out.
/// </summary>
internal sealed class MetricsBook : IHostedService, IDisposable
{
    private static readonly double[] DefaultSeconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];

    private readonly ConcurrentDictionary<Instrument, Series> _series = new();
    private readonly MeterListener _listener = new();
    private readonly Lock _observing = new();

    public MetricsBook()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (IsWanted(instrument.Meter.Name))
            {
                listener.EnableMeasurementEvents(instrument, _series.GetOrAdd(instrument, i => new Series(i, BoundsOf(i))));
            }
        };
        _listener.SetMeasurementEventCallback<byte>((i, v, t, s) => Record(v, t, s));
        _listener.SetMeasurementEventCallback<short>((i, v, t, s) => Record(v, t, s));
        _listener.SetMeasurementEventCallback<int>((i, v, t, s) => Record(v, t, s));
        _listener.SetMeasurementEventCallback<long>((i, v, t, s) => Record(v, t, s));
        _listener.SetMeasurementEventCallback<float>((i, v, t, s) => Record(v, t, s));
        _listener.SetMeasurementEventCallback<double>((i, v, t, s) => Record(v, t, s));
        _listener.SetMeasurementEventCallback<decimal>((i, v, t, s) => Record((double)v, t, s));
        _listener.Start();
    }

    /// <summary>All series as they stand now; observable instruments are asked first.</summary>
    public IReadOnlyList<Series> Read()
    {
        lock (_observing)
        {
            _listener.RecordObservableInstruments();
        }

        return [.. _series.Values.OrderBy(s => s.Instrument.Name, StringComparer.Ordinal)];
    }

    // Hosted only so that it listens from the start.
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _listener.Dispose();

    private static bool IsWanted(string meter) => meter.StartsWith("Ptt.", StringComparison.Ordinal) || meter is "System.Runtime" or "Microsoft.AspNetCore.Server.Kestrel";

    private static IReadOnlyList<double> BoundsOf(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } b } => [.. b],
        Histogram<long> { Advice.HistogramBucketBoundaries: { } b } => [.. b.Select(v => (double)v)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } b } => [.. b.Select(v => (double)v)],
        _ when IsHistogram(instrument) => instrument.Unit is "By" ? [1024, 10_240, 102_400, 1_048_576, 10_485_760, 52_428_800] : DefaultSeconds,
        _ => [],
    };

    private static bool IsHistogram(Instrument instrument) =>
        instrument.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Histogram<>);

    private static void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (state is not Series series || series.For(tags) is not { } cell)
        {
            return;
        }

        if (series.Bounds.Count > 0)
        {
            cell.Observe(value, series.Bounds);
        }
        else if (series.Instrument.IsObservable || IsGauge(series.Instrument))
        {
            cell.Set(value);
        }
        else
        {
            cell.Add(value);
        }
    }

    private static bool IsGauge(Instrument instrument) =>
        instrument.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Gauge<>);
}
