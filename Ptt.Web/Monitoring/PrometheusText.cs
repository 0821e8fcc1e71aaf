using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Ptt.Web.Monitoring;

/// <summary>The Prometheus text exposition format, version 0.0.4: one family for each instrument, <c>ptt.relay.delivered</c> as <c>ptt_relay_delivered_total</c>.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IReadOnlyList<Series> series)
    {
        var text = new StringBuilder();
        // Two meters may hold instruments of one name; a family may stand there only once.
        // One that nothing was measured of yet is named all the same: who writes an alert sees what there is.
        foreach (IGrouping<string, Series> family in series.GroupBy(s => NameOf(s.Instrument)))
        {
            Series first = family.First();
            text.Append("# HELP ").Append(family.Key).Append(' ').Append(Help(first.Instrument)).Append('\n');
            text.Append("# TYPE ").Append(family.Key).Append(' ').Append(TypeOf(first)).Append('\n');
            foreach (Cell cell in family.SelectMany(s => s.Cells))
            {
                Append(text, family.Key, first, cell);
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, Series series, Cell cell)
    {
        if (series.Bounds.Count == 0)
        {
            Sample(text, name, cell.Tags, null, cell.Value);
            return;
        }

        long sum = 0;
        for (int i = 0; i < series.Bounds.Count; i++)
        {
            sum += cell.Buckets[i];
            Sample(text, name + "_bucket", cell.Tags, Number(series.Bounds[i]), sum);
        }

        long all = sum + cell.Buckets[^1];
        Sample(text, name + "_bucket", cell.Tags, "+Inf", all);
        Sample(text, name + "_sum", cell.Tags, null, cell.Value);
        Sample(text, name + "_count", cell.Tags, null, all);
    }

    private static void Sample(StringBuilder text, string name, IReadOnlyList<KeyValuePair<string, object?>> tags, string? le, double value)
    {
        text.Append(name);
        string labels = string.Join(',', [.. tags.Select(t => $"{Identifier(t.Key)}=\"{Escaped(Convert.ToString(t.Value, CultureInfo.InvariantCulture) ?? "")}\""),
            .. le is null ? (string[])[] : [$"le=\"{le}\""]]);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string NameOf(Instrument instrument)
    {
        string name = Identifier(instrument.Name);
        string unit = instrument.Unit switch { "s" => "_seconds", "ms" => "_milliseconds", "By" => "_bytes", _ => "" };
        name = unit.Length > 0 && !name.EndsWith(unit, StringComparison.Ordinal) ? name + unit : name;
        return IsCounter(instrument) && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static string TypeOf(Series series) => series.Bounds.Count > 0 ? "histogram" : IsCounter(series.Instrument) ? "counter" : "gauge";

    private static bool IsCounter(Instrument instrument) => instrument.GetType() is { IsGenericType: true } type
        && (type.GetGenericTypeDefinition() == typeof(Counter<>) || type.GetGenericTypeDefinition() == typeof(ObservableCounter<>));

    private static string Help(Instrument instrument) =>
        (instrument.Description is { Length: > 0 } d ? d : instrument.Name).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Identifier(string name) => string.Concat(name.Select((c, i) => char.IsAsciiLetter(c) || c == '_' || (i > 0 && char.IsAsciiDigit(c)) ? c : '_'));

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);
}
