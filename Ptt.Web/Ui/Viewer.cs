using System.Globalization;

namespace Ptt.Web.Ui;

/// <summary>How the person before the screen likes to see things: from cookies, never from the server's own settings.</summary>
public sealed record Viewer(TimeZoneInfo Zone, string Theme)
{
    public const string ZoneCookie = "ptt-zone";
    public const string ThemeCookie = "ptt-theme";

    public static readonly Viewer Default = new(TimeZoneInfo.Utc, "auto");

    public static readonly IReadOnlyList<string> Themes = ["auto", "light", "dark"];

    public static readonly IReadOnlyList<string> Languages = ["en", "fr"];

    public static Viewer Of(HttpContext? context) => context is null ? Default : new(
        ZoneOf(context.Request.Cookies[ZoneCookie]),
        context.Request.Cookies[ThemeCookie] is { } theme && Themes.Contains(theme) ? theme : "auto");

    public static TimeZoneInfo ZoneOf(string? id) =>
        id is { Length: > 0 and < 64 } && !id.Contains("..", StringComparison.Ordinal)
        && TimeZoneInfo.TryFindSystemTimeZoneById(id, out TimeZoneInfo? zone) ? zone : TimeZoneInfo.Utc;

    /// <summary>Day and time in the viewer's zone; the year only when it is another one.</summary>
    public string Format(DateTimeOffset instant, DateTimeOffset now)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(instant, Zone);
        DateTimeOffset today = TimeZoneInfo.ConvertTime(now, Zone);
        string time = local.ToString("HH:mm:ss", CultureInfo.CurrentCulture);
        return local.Date == today.Date ? time
            : local.Year == today.Year ? local.ToString("d MMM", CultureInfo.CurrentCulture) + ", " + local.ToString("HH:mm", CultureInfo.CurrentCulture)
            : local.ToString("d MMM yyyy", CultureInfo.CurrentCulture) + ", " + local.ToString("HH:mm", CultureInfo.CurrentCulture);
    }
}
