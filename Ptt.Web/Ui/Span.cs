using System.Globalization;

namespace Ptt.Web.Ui;

/// <summary>Durations and sizes as people say them. The units are the international ones, so they need no translation.</summary>
public static class Span
{
    public static string Words(TimeSpan span) => span switch
    {
        { TotalMilliseconds: < 1000 } => N(span.TotalMilliseconds, "0") + " ms",
        { TotalSeconds: < 60 }        => N(span.TotalSeconds, "0") + " s",
        { TotalMinutes: < 60 }        => N(Math.Floor(span.TotalMinutes), "0") + " min",
        { TotalHours: < 24 }          => N(Math.Floor(span.TotalHours), "0") + " h" + (span.Minutes > 0 ? " " + N(span.Minutes, "0") + " min" : ""),
        { TotalDays: >= 60 }          => N(Math.Floor(span.TotalDays), "N0") + " d",
        _                             => N(Math.Floor(span.TotalDays), "0") + " d" + (span.Hours > 0 ? " " + N(span.Hours, "0") + " h" : ""),
    };

    public static string Bytes(long size) => size switch
    {
        < 1000      => N(size, "0") + " B",
        < 1 << 20   => N(size / 1024.0, "0.#") + " KiB",
        < 1 << 30   => N(size / (double)(1 << 20), "0.#") + " MiB",
        _           => N(size / (double)(1 << 30), "0.##") + " GiB",
    };

    public static string Count(long number) => number.ToString("N0", CultureInfo.CurrentCulture);

    private static string N(double value, string format) => value.ToString(format, CultureInfo.CurrentCulture);
}
