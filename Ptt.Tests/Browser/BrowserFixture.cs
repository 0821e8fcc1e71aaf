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

    private IPage? _looking;
    private IPage? _working;
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
        Assertions.SetDefaultExpectTimeout(60_000);   // a machine may be busy; who is right does not wait
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
    public Task<IBrowserContext> VisitorAsync(int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light, string locale = "en-GB", bool script = true, string? address = null) =>
        OpenAsync(width, height, scheme, locale, script, null, address);

    /// <summary>A browser that came in by the console's link: an administrator.</summary>
    public Task<IBrowserContext> AdministratorAsync(int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light, string locale = "en-GB", bool script = true) =>
        OpenAsync(width, height, scheme, locale, script, _administrator);

    /// <summary>A browser in which that person has signed in.</summary>
    public async Task<IBrowserContext> PersonAsync(string person, int width = 1280, string locale = "en-GB")
    {
        IBrowserContext context = await VisitorAsync(width, locale: locale);
        string[] cookie = App.CookieOf(person).Split('=', 2);
        await context.AddCookiesAsync([new() { Name = cookie[0], Value = cookie[1], Url = App.Address, HttpOnly = true }]);
        return context;
    }

    /// <summary>The administrator's page that all tests share that only look: opening one costs a second.</summary>
    public async Task<IPage> LookingAsync() => _looking ??= await (await AdministratorAsync()).NewPageAsync();

    /// <summary>The administrator's page that all tests share that press buttons.</summary>
    public async Task<IPage> WorkingAsync() => _working ??= await (await AdministratorAsync()).NewPageAsync();

    public Task ShootAsync(IPage page, string name) =>
        page.ScreenshotAsync(new() { Path = Path.Combine(Artifacts, $"action-{name}.png"), FullPage = true });

    private async Task<IBrowserContext> OpenAsync(int width, int height, ColorScheme scheme, string locale, bool script, string? state, string? address = null)
    {
        IBrowserContext context = await Browser.NewContextAsync(new()
        {
            BaseURL = address ?? App.Address, ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme, Locale = locale, TimezoneId = "Europe/Paris",
            JavaScriptEnabled = script, StorageState = state,
        });
        context.SetDefaultTimeout(60_000);
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
