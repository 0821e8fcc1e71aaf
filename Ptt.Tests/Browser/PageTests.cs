using Deque.AxeCore.Commons;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Ptt.Web.Queue.Webhooks;

namespace Ptt.Tests.Browser;

/// <summary>What must hold for every page, in light and dark, at three widths. A page is loaded once and then resized: what is drawn is the same.</summary>
[Collection(BrowserCollection.Name)]
public sealed class PageTests(BrowserFixture fixture)
{
    private static readonly (int Width, int Height)[] Sizes = [(1280, 900), (360, 780), (3840, 2160)];

    // Every rule of every level; only what is violated is handed over, since all that passed is megabytes.
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();
    private const string RunAxe = """
        async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
          .map(v => `${v.impact} ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html).join(' | ')}`)
        """;

    public static TheoryData<string, string> Pages => new()
    {
        { "overview", "/" },
        { "not-found", "/nothing-here" },
        { "alarms", "/alarms" },
        { "queue", "/queue" },
        { "destinations", "/queue/destinations" },
        { "jobs", "/queue/jobs" },
        { "messages", "/messages" },
        { "explain", "/explain?address=bob%40example.net" },
        { "tls-reports", "/tls-reports" },
        { "suppressions", "/suppressions" },
        { "webhooks", "/webhooks" },
        { "webhook", "/webhooks/{webhook}" },
        { "sessions", "/sessions" },
        { "sessions-listening", "/sessions?of=*" },
        { "users", "/users" },
        { "users-hostile", "/users?q=hostile" },
        { "user-new", "/users/new" },
        { "users-import", "/users/import" },
        { "users-sync", "/users/sync" },
        { "user", "/users/ada%40example.test" },
        { "keys", "/keys" },
        { "keys-domain", "/keys/example.test" },
        { "test", "/test" },
        { "sandbox", "/sandbox" },
        { "domains", "/domains" },
        { "domain", "/domains/example.test" },
        { "account", "/account" },
        { "own-mail", "/account/mail" },
        { "authenticator", "/account/authenticator" },
        { "recovery-codes", "/account/recovery-codes" },
        { "settings", "/settings" },
        { "search", "/search?q=example" },
        { "tokens", "/tokens" },
        { "sign-ins", "/sign-ins" },
        { "audit", "/audit" },
        { "backups", "/backups" },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_page_is_sound_in_both_themes_and_at_every_width(string name, string path)
    {
        if (path.Contains("{webhook}", StringComparison.Ordinal))
        {
            WebhookEndpoint hook = fixture.App.Services.GetRequiredService<WebhookStore>().Add(new Uri("https://hooks.example.com/" + new string('x', 200)), ["message.delivered"]);
            path = "/webhooks/" + hook.Id;
        }

        await LookAsync(await fixture.LookingAsync(), name, path);
    }

    [Theory]
    [InlineData("sign-in", "/sign-in")]
    [InlineData("sign-in-link", "/sign-in/link?token=no")]
    public async Task The_door_is_sound(string name, string path)
    {
        await using IBrowserContext context = await fixture.VisitorAsync();
        await LookAsync(await context.NewPageAsync(), name, path);
    }

    [Fact]
    public async Task Who_may_little_finds_a_sound_overview()
    {
        await using IBrowserContext context = await fixture.PersonAsync("user01@example.test");
        await LookAsync(await context.NewPageAsync(), "overview-sender", "/");
    }

    private static async Task LookAsync(IPage page, string name, string path)
    {
        var faults = new List<string>();
        void Console(object? sender, IConsoleMessage m)
        {
            if (m.Type == "error" && !m.Text.Contains("404", StringComparison.Ordinal))
            {
                faults.Add($"console: {m.Text}");
            }
        }

        void Script(object? sender, string e) => faults.Add($"script: {e}");
        page.Console += Console;
        page.PageError += Script;
        await page.SetViewportSizeAsync(Sizes[0].Width, Sizes[0].Height);
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light, ReducedMotion = ReducedMotion.Reduce });
        IResponse? response = await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.Load });
        if ((await response!.BodyAsync()).Length is > 300_000 and var size)
        {
            faults.Add($"{size} octets");
        }

        if (response.Status >= 500)
        {
            faults.Add($"status {response.Status}");
        }

        if (await page.Locator("[data-live]").CountAsync() > 0)
        {
            await page.Locator("[data-live=yes]").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        }

        await page.EvaluateAsync(Axe);
        foreach ((int width, int height) in Sizes)
        {
            await page.SetViewportSizeAsync(width, height);
            foreach (ColorScheme scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                string variant = $"{width}-{scheme}".ToLowerInvariant();
                await page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
                if (await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
                {
                    faults.Add($"{variant}: the page is wider than the screen");
                }

                if (width == 1280 || (width < 1280 && scheme == ColorScheme.Dark))
                {
                    await page.ScreenshotAsync(new() { Path = Path.Combine(BrowserFixture.Artifacts, $"{name}-{variant}.png"), FullPage = true });
                    faults.AddRange((await page.EvaluateAsync<string[]>(RunAxe)).Select(v => $"{variant}: axe {v}"));
                }
                else if (scheme == ColorScheme.Light)
                {
                    await page.ScreenshotAsync(new() { Path = Path.Combine(BrowserFixture.Artifacts, $"{name}-{variant}.jpg"), Type = ScreenshotType.Jpeg });
                }
            }
        }

        if (await page.TitleAsync() is var title && (title.Contains("pwned", StringComparison.Ordinal) || !title.EndsWith("· Ptt", StringComparison.Ordinal)))
        {
            faults.Add($"the title is '{title}'");
        }

        page.Console -= Console;
        page.PageError -= Script;
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }
}
