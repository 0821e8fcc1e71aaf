using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Ptt.Web.Sandbox;

namespace Ptt.Tests.Browser;

/// <summary>
/// What strangers said, shown by every page in Chromium at the width of a phone: nothing of it runs, asks another server, turns a line around or
/// widens the page.
/// </summary>
[Collection(BrowserCollection.Name)]
public sealed class HostileTests(BrowserFixture fixture) : IAsyncLifetime
{
    // Each violation of the policy is told, and each way in which markup of a stranger would show in the document.
    private const string Listen = "window.blocked = []; document.addEventListener('securitypolicyviolation', e => window.blocked.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample));";
    private const string Found = """
        () => [
          ...window.blocked.map(b => 'blocked: ' + b),
          ...[...document.querySelectorAll('script')].filter(s => !s.src.startsWith(location.origin + '/')).map(s => 'script: ' + s.outerHTML.slice(0, 200)),
          ...[...document.querySelectorAll('style, [style], [onload], [onerror], [onclick], iframe, object, embed, meta[http-equiv], a[href^="javascript" i], [src*="evil.example"], link[href*="evil.example"]')]
            .filter(e => !e.closest('svg')).map(e => 'element: ' + e.outerHTML.slice(0, 200)),
          ...(/[\u202a-\u202e\u2066-\u2069\u2028\u2029]/.test(document.body.innerText + document.title) ? ['a control of the writing direction stands in the text'] : []),
          ...(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(document.body.innerText + document.title) ? ['a control character stands in the text'] : []),
          ...(document.documentElement.scrollWidth > document.documentElement.clientWidth
            ? ['wider than the screen: ' + [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.table-wrap, pre, .trace')).slice(0, 3).map(e => e.outerHTML.slice(0, 160)).join(' | ')] : []),
        ]
        """;

    private readonly HostileWorld _world = new();
    private readonly List<string> _faults = [];

    public Task InitializeAsync() => _world.StartAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Nothing_that_a_stranger_said_runs_or_breaks_a_page()
    {
        await using IBrowserContext context = await fixture.Browser.NewContextAsync(new()
        {
            BaseURL = _world.App.Address, Locale = "en-GB", ViewportSize = new() { Width = 360, Height = 780 }, UserAgent = HostileWorld.Markup, AcceptDownloads = true,
        });
        context.SetDefaultTimeout(60_000);
        await context.AddInitScriptAsync(Listen);
        IPage page = await context.NewPageAsync();
        string at = "";
        page.Dialog += async (_, dialog) =>
        {
            _faults.Add($"{at}: a dialog '{dialog.Message}'");
            await dialog.DismissAsync();
        };
        page.PageError += (_, e) => _faults.Add($"{at}: {e}");
        page.Console += (_, m) =>
        {
            if (m.Text.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase))
            {
                _faults.Add($"{at}: {m.Text}");
            }
        };
        context.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(_world.App.Address, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
            {
                _faults.Add($"{at}: asks {request.Url}");
            }
        };

        at = "sign-in";
        await page.GotoAsync("/sign-in?return=" + Uri.EscapeDataString("/account?x=" + HostileWorld.Markup));
        await CheckAsync(page, at);
        await page.FillAsync("#address", "ada@example.test");
        await page.FillAsync("#password", "sandbox");
        await page.ClickAsync(".door button[type=submit]:has-text('Sign in')");   // the browser's own name is markup: the pages of sessions show it
        await page.Locator("#find").WaitForAsync();
        await _world.NameFactorAsync();
        foreach (string path in Paths())
        {
            at = path;
            IResponse? answer = await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.Load });
            if (answer!.Status >= 500 || (await answer.BodyAsync()).Length > 300_000)
            {
                _faults.Add($"{path}: {answer.Status}, {(await answer.BodyAsync()).Length} octets");
            }

            if (await page.Locator("[data-live]").CountAsync() > 0)
            {
                await page.Locator("[data-live=yes]").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
            }

            if (path.StartsWith("/sessions?", StringComparison.Ordinal))
            {
                await page.Locator(".badge-good").WaitForAsync();
                await _world.SayEverythingAsync();
                await page.Locator(".trace:has-text('last.evil.example')").WaitForAsync();
            }

            await page.EvaluateAsync("document.querySelectorAll('main details').forEach(d => d.open = true)");
            await CheckAsync(page, path);
        }

        at = "import";
        await page.GotoAsync("/users/import");
        await page.SetInputFilesAsync("#file", new FilePayload { Name = "users.csv", MimeType = "text/csv", Buffer = System.Text.Encoding.UTF8.GetBytes(HostileWorld.Csv) });
        await page.ClickAsync("main form:has(#file) button[type=submit]");
        await page.Locator("main button.button-main").WaitForAsync();
        await CheckAsync(page, at);
        Assert.True(_faults.Count == 0, string.Join("\n", _faults));

        // The watch is awake: the same text, put into the document as markup, is told.
        await page.EvaluateAsync("text => document.body.insertAdjacentHTML('beforeend', text)", HostileWorld.Markup);
        await Assertions.Expect(page.Locator("img[src*='evil.example']")).ToHaveCountAsync(1);
        await CheckAsync(page, "awake");
        Assert.Contains(_faults, f => f.Contains("blocked: script-src", StringComparison.Ordinal) || f.Contains("blocked: img-src", StringComparison.Ordinal));
        Assert.DoesNotContain("pwned", await page.TitleAsync(), StringComparison.Ordinal);
    }

    private async Task CheckAsync(IPage page, string path)
    {
        _faults.AddRange((await page.EvaluateAsync<string[]>(Found)).Select(f => $"{path}: {f}"));
        if (await page.TitleAsync() is var title && (title == "pwned" || !title.EndsWith("· Ptt", StringComparison.Ordinal)))
        {
            _faults.Add($"{path}: the title is '{title}'");
        }
    }

    private IEnumerable<string> Paths()
    {
        string markup = Uri.EscapeDataString(HostileWorld.Markup + HostileWorld.Turned);
        string[] lists = ["/alarms", "/queue", "/queue/destinations", "/queue/jobs", "/messages", "/tls-reports", "/suppressions", "/webhooks", "/users", "/domains", "/keys", "/tokens", "/sign-ins", "/audit", "/backups", "/settings", "/account/mail", "/sandbox"];
        IEnumerable<string> arrived = _world.App.Services.GetRequiredService<SandboxInbox>().Messages.Take(8).Select(m => "/sandbox/" + m.Id);
        return
        [
            "/", .. lists, .. lists.Select(l => $"{l}?q={markup}&state={markup}&sort={markup}"), .. arrived,
            "/sessions?of=*", "/search?q=" + markup, "/search?q=evil", "/messages/" + _world.Message, "/explain?address=" + markup, "/explain?address=defer%40evil.example&sender=" + markup,
            $"/tls-reports/{DateTimeOffset.UtcNow:yyyy-MM-dd}/evil.example", "/webhooks/" + _world.Webhook, "/users/" + Uri.EscapeDataString(HostileWorld.Sender), "/users/git%40example.test",
            "/users/" + Uri.EscapeDataString("\"<script>document.title='pwned'</script>\"@example.test"), "/users/" + markup, "/users/sync", "/users/new", "/domains/example.test", "/domains/" + markup,
            "/keys/example.test", "/keys/" + markup, "/account", "/account/authenticator", "/account/recovery-codes", "/test", "/" + markup,
            .. new[] { "/queue/jobs/", "/users/import/", "/account/mail/", "/webhooks/", "/test/", "/sandbox/", "/messages/", "/tls-reports/" + markup + "/" }.Select(p => p + markup),
        ];
    }
}
