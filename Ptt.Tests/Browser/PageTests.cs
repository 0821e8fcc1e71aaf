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
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_page_is_sound_in_both_themes_and_at_every_width(string name, string path)
    {
        var faults = new List<string>();
        foreach (ColorScheme scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            foreach (int width in Widths)
            {
                IBrowserContext context = await fixture.SharedAsync(width, scheme);
                await LookAsync(context, name, path, $"{width}-{scheme}".ToLowerInvariant(), faults);
            }
        }

        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    [Fact]
    public async Task The_door_is_sound()
    {
        var faults = new List<string>();
        foreach (ColorScheme scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await using IBrowserContext context = await fixture.VisitorAsync(scheme: scheme);
            await LookAsync(context, "sign-in", "/sign-in", scheme.ToString().ToLowerInvariant(), faults);
        }

        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    private static async Task LookAsync(IBrowserContext context, string name, string path, string variant, List<string> faults)
    {
        IPage page = await context.NewPageAsync();
        page.Console += (_, m) =>
        {
            if (m.Type == "error" && !m.Text.Contains("404", StringComparison.Ordinal))
            {
                faults.Add($"{variant}: console: {m.Text}");
            }
        };
        page.PageError += (_, e) => faults.Add($"{variant}: script: {e}");
        IResponse? response = await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.Load });
        int size = (await response!.BodyAsync()).Length;
        if (size > 300_000)
        {
            faults.Add($"{variant}: {size} octets");
        }

        if (await page.Locator("[data-live]").CountAsync() > 0)
        {
            await page.Locator("[data-live=yes]").First.WaitForAsync();
        }

        await page.ScreenshotAsync(new() { Path = Path.Combine(BrowserFixture.Artifacts, $"{name}-{variant}.png"), FullPage = true });
        if (await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
        {
            faults.Add($"{variant}: the page is wider than the screen");
        }

        AxeResult axe = await page.RunAxe();
        faults.AddRange(axe.Violations.Select(v => $"{variant}: axe {v.Impact} {v.Id}: {v.Help}: {string.Join(" | ", v.Nodes.Take(3).Select(n => n.Html))}"));
        await page.CloseAsync();
    }
}
