using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Ptt.Tests.Support;
using Ptt.Web.Shell.Sessions;

namespace Ptt.Tests.Browser;

/// <summary>One server and one Chromium for all tests of the pages: a start costs seconds. Chromium is Debian's; <c>PTT_CHROMIUM</c> names another.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private static readonly string[] Arguments =
    [
        "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    ];

    private readonly Dictionary<int, IBrowserContext> _shared = [];
    private IPlaywright? _playwright;
    private string? _administrator;

    public PttApp App { get; } = new();

    public IBrowser Browser { get; private set; } = null!;

    /// <summary>Build output, for people to look at; not in git.</summary>
    public static string Artifacts { get; } = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "pages")).FullName;

    public async Task InitializeAsync()
    {
        App.StartServer();
        _playwright = await Playwright.CreateAsync();
        Browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium(), Headless = true, ChromiumSandbox = false, Args = Arguments,
        });
        _administrator = await ComeInAsync();   // while there is no administrator
        await World.FillAsync(App.Services);
    }

    public async Task DisposeAsync()
    {
        await Browser.DisposeAsync();
        _playwright?.Dispose();
        await App.DisposeAsync();
    }

    /// <summary>A browser of its own (cookies, theme, width), not signed in.</summary>
    public Task<IBrowserContext> VisitorAsync(int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light, string locale = "en-GB", bool script = true) =>
        OpenAsync(width, height, scheme, locale, script, null);

    /// <summary>A browser that came in by the console's link: an administrator.</summary>
    public Task<IBrowserContext> AdministratorAsync(int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light, string locale = "en-GB", bool script = true) =>
        OpenAsync(width, height, scheme, locale, script, _administrator);

    /// <summary>The administrator's browser of this width, kept for all tests that only look.</summary>
    public async Task<IBrowserContext> SharedAsync(int width)
    {
        if (!_shared.TryGetValue(width, out IBrowserContext? context))
        {
            _shared[width] = context = await AdministratorAsync(width, width > 3000 ? 2160 : 900);
        }

        return context;
    }

    private async Task<IBrowserContext> OpenAsync(int width, int height, ColorScheme scheme, string locale, bool script, string? state)
    {
        IBrowserContext context = await Browser.NewContextAsync(new()
        {
            BaseURL = App.Address, ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme, Locale = locale, TimezoneId = "Europe/Paris",
            JavaScriptEnabled = script, StorageState = state,
        });
        context.SetDefaultTimeout(20_000);
        return context;
    }

    // The link is good for one sign-in; the other browsers of the tests share its session.
    private async Task<string> ComeInAsync()
    {
        await using IBrowserContext context = await VisitorAsync();
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(App.Services.GetRequiredService<OneTimeLink>().Path);
        await page.Locator("main button[type=submit]").ClickAsync();
        await page.Locator("#find").WaitForAsync();   // only who is in can search
        return await context.StorageStateAsync();
    }

    private static string Chromium() => Environment.GetEnvironmentVariable("PTT_CHROMIUM") is { Length: > 0 } named ? named
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(p => Path.Combine(p, "chromium")).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("The tests of the pages need Chromium: apt-get install chromium, or say where it is in PTT_CHROMIUM.");
}

[CollectionDefinition(Name)]
public sealed class BrowserCollection : ICollectionFixture<BrowserFixture>
{
    public const string Name = "Browser";
}
