using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Ptt.Dns;
using Ptt.Web.Domains.Posture;
using Ptt.Web.Keys;
using Ptt.Web.Keys.Rings;

namespace Ptt.Tests.Browser;

/// <summary>The pages of keys and of what DNS should say, used by a person against the sandbox's name server.</summary>
[Collection(BrowserCollection.Name)]
public sealed class KeysAndDomainsTests(BrowserFixture fixture)
{
    private static readonly DomainName Domain = DomainName.Parse("example.test");

    [Fact]
    [Presses("/keys/check", "/keys/rotate", "/keys/revoke")]
    public async Task Keys_are_looked_at_rotated_and_withdrawn_by_hand()
    {
        var keys = fixture.App.Services.GetRequiredService<KeyService>();
        await using IBrowserContext context = await fixture.AdministratorAsync();
        IPage page = await context.NewPageAsync();
        await page.GotoAsync("/keys/example.test");
        await Assertions.Expect(page.Locator(".life rect.life-active").First).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#readiness li")).ToHaveCountAsync(2);          // RSA and Ed25519

        await page.ClickAsync("text=Check DNS now");
        await Assertions.Expect(page.Locator(".flash-good")).ToContainTextAsync("Checked.");
        ILocator signing = page.Locator("section[data-state=Active]").First;
        await signing.Locator("summary:has-text('authoritative server')").ClickAsync();
        await Assertions.Expect(signing.Locator("td .badge-good").First).ToHaveTextAsync("shows");
        await signing.Locator("summary:has-text('History')").ClickAsync();
        await Assertions.Expect(signing.Locator("ul.lines")).ToContainTextAsync("every name server shows its record");
        await page.Locator(".life summary").ClickAsync();
        await ShootAsync(page, "keys-opened");
        await SoundAsync(page);

        await page.ClickAsync(".page-actions button:has-text('Rotate')");
        await page.Locator(".dialog:popover-open button[type=submit]").ClickAsync();
        await Assertions.Expect(page.Locator(".flash-good")).ToBeVisibleAsync();
        await ShootAsync(page, "keys-rotated");

        // One that does not sign: the other tests send mail meanwhile.
        KeyView spare = keys.Find(Domain)!.Keys.First(k => k.State is KeyState.Standby or KeyState.Published or KeyState.Retiring);
        ILocator card = page.Locator($"section[id='{spare.Selector}']");
        await card.Locator("button:has-text('Revoke')").First.ClickAsync();
        ILocator dialog = page.Locator(".dialog:popover-open");
        await dialog.Locator("input[name=typed]").FillAsync("something else");
        await dialog.Locator("button[type=submit]").ClickAsync();
        Assert.NotEqual(KeyState.Revoked, keys.Find(Domain)!.Keys.Single(k => k.Selector == spare.Selector).State);
        await ShootAsync(page, "keys-revoke");
        await dialog.Locator("input[name=typed]").FillAsync(spare.Selector);
        await dialog.Locator("button[type=submit]").ClickAsync();
        await Assertions.Expect(page.Locator(".flash-good")).ToBeVisibleAsync();
        KeyView gone = keys.Find(Domain)!.Keys.Single(k => k.Selector == spare.Selector);
        Assert.True(gone.State is KeyState.Revoked, $"{gone.State}: {gone.Fault}");
        Assert.Equal(2, keys.Find(Domain)!.Keys.Count(k => k.State == KeyState.Active));
    }

    [Fact]
    [Presses("/domains/apply")]
    public async Task A_domain_is_checked_while_one_watches_its_records_copied_and_the_missing_ones_written()
    {
        await using IBrowserContext context = await fixture.AdministratorAsync();
        await context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        IPage page = await context.NewPageAsync();
        await page.GotoAsync("/domains/example.test");
        await page.Locator("[data-live=yes][data-checking=no]").WaitForAsync();
        DomainPosture posture = fixture.App.Services.GetRequiredService<DomainPosture>();
        DateTimeOffset? before = posture.Last(Domain)?.At;
        await page.ClickAsync("button:has-text('Check now')");
        for (int tries = 0; posture.Last(Domain)?.At == before; tries++)
        {
            Assert.True(tries < 1200, "It was not checked.");
            await Task.Delay(100);
        }

        await page.Locator("[data-checking=no] button:has-text('Check now')").WaitForAsync();
        await Assertions.Expect(page.Locator("section[data-kind=Spf]")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("section[data-kind=Outward] .badge-good")).ToBeVisibleAsync();   // the sandbox's own exchanger answered
        await SoundAsync(page);
        await ShootAsync(page, "domain-checked");

        ILocator service = page.Locator("section[data-kind=Submissions]");
        await service.Locator("summary").ClickAsync();
        await service.Locator("[data-copy]").First.ClickAsync();
        await Assertions.Expect(service.Locator(".copied")).ToBeVisibleAsync();
        Assert.StartsWith("_submissions._tcp.example.test. 3600 IN SRV 0 1 ", await page.EvaluateAsync<string>("navigator.clipboard.readText()"), StringComparison.Ordinal);

        await page.ReloadAsync();
        await page.ClickAsync(".page-actions button:has-text('Write the missing records')");
        await page.Locator(".dialog:popover-open button[type=submit]").ClickAsync();
        await Assertions.Expect(page.Locator(".flash-good")).ToContainTextAsync("records are written");
        await Assertions.Expect(page.Locator("section[data-kind=Submissions] .badge-good")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("section[data-kind=Submission] .badge-good")).ToBeVisibleAsync();
        await ShootAsync(page, "domain-written");
    }

    private static async Task SoundAsync(IPage page)
    {
        AxeResult axe = await page.RunAxe();
        Assert.True(axe.Violations.Length == 0, string.Join("\n", axe.Violations.Select(v => $"{v.Id}: {v.Help}: {v.Nodes[0].Html}")));
    }

    private static Task ShootAsync(IPage page, string name) =>
        page.ScreenshotAsync(new() { Path = Path.Combine(BrowserFixture.Artifacts, $"action-{name}.png"), FullPage = true });
}
