using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace Ptt.Tests.Browser;

/// <summary>What must hold for a page, in light and dark, at three widths. It is loaded once and then resized: what is drawn is the same.</summary>
internal static class PageLook
{
    private static readonly (int Width, int Height)[] Sizes = [(1280, 900), (360, 780), (3840, 2160)];

    // Every rule of every level; only what is violated is handed over, since all that passed is megabytes.
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();
    private const string RunAxe = """
        async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
          .map(v => `${v.impact} ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html).join(' | ')}`)
        """;

    /// <summary>The test fails with all that is wrong; the pictures lie in <see cref="BrowserFixture.Artifacts"/>.</summary>
    public static async Task LookAsync(IPage page, string name, string path)
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
