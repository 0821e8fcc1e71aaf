using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Ptt.Web.Monitoring;

namespace Ptt.Tests.Web.Monitoring;

public sealed partial class PrometheusTextTests
{
    [Fact]
    public void Each_kind_of_instrument_is_written_as_its_kind()
    {
        using var meter = new Meter("Ptt.Tests.Kinds");
        using var book = new MetricsBook();
        Counter<long> counter = meter.CreateCounter<long>("ptt.kinds.sent", description: "Sent\nmessages");
        counter.Add(2, new KeyValuePair<string, object?>("result", "a \"b\" \\c"));
        counter.Add(3, new KeyValuePair<string, object?>("result", "a \"b\" \\c"));
        meter.CreateUpDownCounter<int>("ptt.kinds.open").Add(-1);
        meter.CreateObservableGauge("ptt.kinds.size", () => 1.5, unit: "By");
        Histogram<double> histogram = meter.CreateHistogram("ptt.kinds.took", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        histogram.Record(0.05);
        histogram.Record(0.5);
        histogram.Record(5);

        string text = PrometheusText.Write([.. book.Read().Where(s => s.Instrument.Meter == meter)]);

        Assert.Equal(
            """
            # HELP ptt_kinds_open ptt.kinds.open
            # TYPE ptt_kinds_open gauge
            ptt_kinds_open -1
            # HELP ptt_kinds_sent_total Sent\nmessages
            # TYPE ptt_kinds_sent_total counter
            ptt_kinds_sent_total{result="a \"b\" \\c"} 5
            # HELP ptt_kinds_size_bytes ptt.kinds.size
            # TYPE ptt_kinds_size_bytes gauge
            ptt_kinds_size_bytes 1.5
            # HELP ptt_kinds_took_seconds ptt.kinds.took
            # TYPE ptt_kinds_took_seconds histogram
            ptt_kinds_took_seconds_bucket{le="0.1"} 1
            ptt_kinds_took_seconds_bucket{le="1"} 2
            ptt_kinds_took_seconds_bucket{le="+Inf"} 3
            ptt_kinds_took_seconds_sum 5.55
            ptt_kinds_took_seconds_count 3

            """, text);
    }

    [Fact]
    public void The_runtime_is_in_it_and_every_line_is_well_formed()
    {
        using var book = new MetricsBook();

        string text = PrometheusText.Write(book.Read());

        Assert.Contains("dotnet_gc_heap_total_allocated_bytes_total ", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(Line(), line));
        Assert.Equal(text.Split('\n').Where(l => l.StartsWith("# TYPE", StringComparison.Ordinal)).Distinct().Count(), text.Split('\n').Count(l => l.StartsWith("# TYPE", StringComparison.Ordinal)));
    }

    [Fact]
    public void Tags_beyond_a_bound_take_no_more_memory()
    {
        using var meter = new Meter("Ptt.Tests.Bound");
        using var book = new MetricsBook();
        Counter<long> counter = meter.CreateCounter<long>("ptt.bound");
        for (int i = 0; i < 2000; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("n", i));
        }

        Assert.Equal(500, book.Read().Single(s => s.Instrument.Meter == meter).Cells.Count);
    }

    [GeneratedRegex("""^(# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .+|[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*",?)+\})? (-?[0-9.eE+-]+|[+-]Inf|NaN))$""")]
    private static partial Regex Line();
}
