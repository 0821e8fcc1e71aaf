using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Ptt.Tests.Browser;

/// <summary>The pages that show mail, orders and what came of them, full: sound in both languages, and in French without English of ours.</summary>
[Collection(BrowserCollection.Name)]
public sealed partial class FilledPagesTests(BrowserFixture fixture, BusyWorld world) : IClassFixture<BusyWorld>
{
    public static TheoryData<string, string> Pages => new()
    {
        { "overview", "/" },
        { "alarms", "/alarms" },
        { "queue", "/queue" },
        { "queue-held", "/queue?state=held" },
        { "destinations", "/queue/destinations" },
        { "jobs", "/queue/jobs" },
        { "job", "" },
        { "messages", "/messages" },
        { "message-delivered", "" },
        { "message-deferred", "" },
        { "message-refused", "" },
        { "message-held", "" },
        { "message-paused", "" },
        { "explain", "/explain?address=held%40one.test&sender=ada%40example.test" },
        { "tls-reports", "/tls-reports" },
        { "tls-report", "" },
        { "suppressions", "/suppressions" },
        { "webhooks", "/webhooks" },
        { "webhook", "" },
        { "users-sync", "/users/sync" },
        { "user", "/users/person01%40example.test" },
        { "import", "" },
        { "domains", "/domains" },
        { "domain-elsewhere", "/domains/elsewhere.example" },
        { "keys", "/keys" },
        { "keys-elsewhere", "/keys/elsewhere.example" },
        { "test-steps", "" },
        { "test-put-off", "" },
        { "sandbox", "/sandbox" },
        { "sandbox-message", "" },
        { "own-mail", "/account/mail" },
        { "own-message", "" },
        { "search", "/search?q=one.test" },
        { "tokens", "/tokens" },
        { "sign-ins", "/sign-ins" },
        { "audit", "/audit" },
        { "backups", "/backups" },
    };

    [Theory, Trait("Run", "Long")]
    [MemberData(nameof(Pages))]
    public async Task Every_filled_page_is_sound_and_French(string name, string path)
    {
        await using IBrowserContext context = await SignedInAsync("fr-FR");
        IPage page = await context.NewPageAsync();
        await PageLook.LookAsync(page, "full-fr-" + name, PathOf(name, path));
        string[] english = [.. EnglishWords().Matches(await page.EvaluateAsync<string>(OwnText)).Select(m => m.Value).Distinct()];
        Assert.True(english.Length == 0, "English on a French page:\n" + string.Join("\n", english));
    }

    [Theory, Trait("Run", "Long")]
    [MemberData(nameof(Pages))]
    public async Task Every_filled_page_is_sound_in_English(string name, string path)
    {
        await using IBrowserContext context = await SignedInAsync("en-GB");
        await PageLook.LookAsync(await context.NewPageAsync(), "full-en-" + name, PathOf(name, path));
    }

    [Fact, Trait("Run", "Long")]
    public async Task Mail_of_a_paused_destination_is_said_to_be_paused()
    {
        using HttpClient ada = world.App.ClientOf("ada@example.test");
        string page = await ada.GetStringAsync("/queue?destination=two.test");
        Assert.Contains("when resumed", page, StringComparison.Ordinal);
        Assert.DoesNotContain("badge-info", page[page.IndexOf("<tbody", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.DoesNotContain("when resumed", await ada.GetStringAsync("/queue?destination=one.test"), StringComparison.Ordinal);
    }

    [Fact, Trait("Run", "Long")]
    public async Task An_endpoint_that_takes_nothing_is_not_said_to_work()
    {
        using HttpClient ada = world.App.ClientOf("ada@example.test");
        Assert.Contains("fails, tried again", await ada.GetStringAsync(world.Paths["webhook"]), StringComparison.Ordinal);
        Assert.Contains("fails, tried again", await ada.GetStringAsync("/webhooks"), StringComparison.Ordinal);
    }

    private string PathOf(string name, string path) => path.Length > 0 ? path : world.Paths[name];

    private async Task<IBrowserContext> SignedInAsync(string locale)
    {
        IBrowserContext context = await fixture.VisitorAsync(locale: locale, address: world.App.Address);
        string[] cookie = world.App.CookieOf("ada@example.test").Split('=', 2);
        await context.AddCookiesAsync([new() { Name = cookie[0], Value = cookie[1], Url = world.App.Address, HttpOnly = true }]);
        return context;
    }

    // Without the words of others (replies, what the audit log holds) and code.
    private const string OwnText = """
        () => {
          const copy = document.body.cloneNode(true);
          copy.querySelectorAll('code, pre, kbd, .words, .mono, script, style, input, textarea, [translate=no]').forEach(e => e.remove());
          return copy.textContent;
        }
        """;

    [GeneratedRegex(@".{0,60}\b(?:the|and|is|are|was|were|has|have|not|with|from|its|nobody|without|which|must)\b.{0,60}")]
    private static partial Regex EnglishWords();
}
