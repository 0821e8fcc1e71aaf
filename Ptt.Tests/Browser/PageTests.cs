using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Ptt.Tests.Browser;

/// <summary>What must hold for every page, in light and dark, at three widths.</summary>
[Collection(BrowserCollection.Name)]
public sealed class PageTests(BrowserFixture fixture)
{
    private static readonly int[] Widths = [360, 1280, 3840];

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
        { "users", "/users" },
        { "users-hostile", "/users?q=hostile" },
        { "user-new", "/users/new" },
        { "users-import", "/users/import" },
        { "user", "/users/ada%40example.test" },
        { "keys", "/keys" },
        { "keys-domain", "/keys/example.test" },
        { "test", "/test" },
        { "sandbox", "/sandbox" },
        { "domains", "/domains" },
        { "domain", "/domains/example.test" },
        { "account", "/account" },
        { "settings", "/settings" },
        { "search", "/search?q=example" },
        { "tokens", "/tokens" },
        { "audit", "/audit" },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_page_is_sound_in_both_themes_and_at_every_width(string name, string path)
    {
        var faults = new List<string>();
        foreach (int width in Widths)
        {
            IPage page = await (await fixture.SharedAsync(width)).NewPageAsync();
            await LookAsync(page, name, path, width, faults);
            await page.CloseAsync();
        }

        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    [Fact]
    public async Task The_door_is_sound()
    {
        var faults = new List<string>();
        await using IBrowserContext context = await fixture.VisitorAsync();
        await LookAsync(await context.NewPageAsync(), "sign-in", "/sign-in", 1280, faults);
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    private static async Task LookAsync(IPage page, string name, string path, int width, List<string> faults)
    {
        page.Console += (_, m) =>
        {
            if (m.Type == "error" && !m.Text.Contains("404", StringComparison.Ordinal))
            {
                faults.Add($"{width}: console: {m.Text}");
            }
        };
        page.PageError += (_, e) => faults.Add($"{width}: script: {e}");
        IResponse? response = await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.Load });
        int size = (await response!.BodyAsync()).Length;
        if (size > 300_000)
        {
            faults.Add($"{width}: {size} octets");
        }

        if (response.Status >= 500)
        {
            faults.Add($"{width}: status {response.Status}");
        }

        if (await page.Locator("[data-live]").CountAsync() > 0)
        {
            await page.Locator("[data-live=yes]").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        }

        // Both themes where people mostly look; the others once, since the rules of both are the same.
        foreach (ColorScheme scheme in width == 1280 ? new[] { ColorScheme.Light, ColorScheme.Dark } : [width < 1280 ? ColorScheme.Dark : ColorScheme.Light])
        {
            string variant = $"{width}-{scheme}".ToLowerInvariant();
            await page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            await page.ScreenshotAsync(new() { Path = Path.Combine(BrowserFixture.Artifacts, $"{name}-{variant}.png"), FullPage = true });
            if (await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
            {
                faults.Add($"{variant}: the page is wider than the screen");
            }

            if (width <= 1280)
            {
                AxeResult axe = await page.RunAxe();
                faults.AddRange(axe.Violations.Select(v => $"{variant}: axe {v.Impact} {v.Id}: {v.Help}: {string.Join(" | ", v.Nodes.Take(3).Select(n => n.Html))}"));
            }
        }

        if (await page.TitleAsync() is var title && (title.Contains("pwned", StringComparison.Ordinal) || !title.EndsWith("· Ptt", StringComparison.Ordinal)))
        {
            faults.Add($"{width}: the title is '{title}'");
        }
    }
}
