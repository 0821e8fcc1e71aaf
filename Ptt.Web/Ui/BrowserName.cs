namespace Ptt.Web.Ui;

/// <summary>What a User-Agent field means to a person: a browser, its version and a system. A guess for their eyes, which nothing relies on.</summary>
public sealed record BrowserName(string Browser, string? System)
{
    // The first that fits: later browsers name the earlier ones too.
    private static readonly (string Mark, string Name)[] Browsers =
    [
        ("Edg/", "Edge"), ("EdgA/", "Edge"), ("EdgiOS/", "Edge"), ("OPR/", "Opera"), ("Vivaldi/", "Vivaldi"), ("SamsungBrowser/", "Samsung Internet"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
        ("Firefox/", "Firefox"), ("HeadlessChrome/", "Chrome"), ("Chrome/", "Chrome"), ("Version/", "Safari"), ("curl/", "curl"), ("Wget/", "Wget"), ("python-requests/", "Python"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("Windows NT", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("FreeBSD", "FreeBSD"), ("Linux", "Linux"),
    ];

    /// <summary>Null for what is no browser that we know: its own words say more then.</summary>
    public static BrowserName? Of(string? userAgent)
    {
        if (userAgent is null || Browsers.FirstOrDefault(b => userAgent.Contains(b.Mark, StringComparison.Ordinal)) is not { Mark: { } mark, Name: { } name })
        {
            return null;
        }

        string version = new([.. userAgent[(userAgent.IndexOf(mark, StringComparison.Ordinal) + mark.Length)..].TakeWhile(char.IsAsciiDigit).Take(4)]);
        string? system = Systems.FirstOrDefault(s => userAgent.Contains(s.Mark, StringComparison.Ordinal)).Name;
        return new(version.Length > 0 ? $"{name} {version}" : name, system);
    }
}
