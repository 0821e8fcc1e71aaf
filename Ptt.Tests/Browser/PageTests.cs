using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Ptt.Web.Queue.Webhooks;

namespace Ptt.Tests.Browser;

/// <summary>Every page as a new administrator finds it, where the lists of mail are still empty (<see cref="FilledPagesTests"/>: when they are not).</summary>
[Collection(BrowserCollection.Name)]
public sealed class PageTests(BrowserFixture fixture)
{
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

        await PageLook.LookAsync(await fixture.LookingAsync(), name, path);
    }

    [Theory]
    [InlineData("sign-in", "/sign-in")]
    [InlineData("sign-in-link", "/sign-in/link?token=no")]
    public async Task The_door_is_sound(string name, string path)
    {
        await using IBrowserContext context = await fixture.VisitorAsync();
        await PageLook.LookAsync(await context.NewPageAsync(), name, path);
    }

    [Fact]
    public async Task Who_may_little_finds_a_sound_overview()
    {
        await using IBrowserContext context = await fixture.PersonAsync("user01@example.test");
        await PageLook.LookAsync(await context.NewPageAsync(), "overview-sender", "/");
    }
}
