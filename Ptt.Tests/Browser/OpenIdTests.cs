using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Ptt.Mail;
using Ptt.Tests.Support;
using Ptt.Web.Shell.Sessions;
using Ptt.Web.Users.Changes;

namespace Ptt.Tests.Browser;

/// <summary>OpenID Connect (Core §3.1, PKCE, pushed requests) in Chromium, against a certified provider that we did not write.</summary>
[Collection(BrowserCollection.Name)]
public sealed class OpenIdTests(BrowserFixture fixture) : IAsyncLifetime
{
    private OpenIdProvider _provider = null!;
    private PttApp _app = null!;

    public async Task InitializeAsync()
    {
        _provider = await OpenIdProvider.StartAsync();
        _app = new PttApp(
            ("Ptt:Admin:OpenIdConnect:Authority", _provider.Authority), ("Ptt:Admin:OpenIdConnect:ClientId", "ptt"), ("Ptt:Admin:OpenIdConnect:ClientSecret", "a secret of the two"),
            ("Ptt:Admin:OpenIdConnect:Name", "the house"));
        _app.StartServer();
        await _app.Services.GetRequiredService<UserBootstrap>().EnsureAsync("helen@example.test", "a long enough password", ["support"], CancellationToken.None);
        await _app.Services.GetRequiredService<UserBootstrap>().EnsureAsync("unverified@example.test", "a long enough password", ["admin"], CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task The_provider_says_who_it_is_and_git_what_they_may()
    {
        await using IBrowserContext context = await OpenAsync();
        IPage page = await context.NewPageAsync();
        await page.GotoAsync("/sign-in?return=%2Fqueue");
        await page.ClickAsync("text=Sign in with the house");   // it does not know us yet: 503
        await Assertions.Expect(page.Locator(".flash-bad")).ToContainTextAsync("The provider does not answer");
        await _provider.KnowAsync(_app.Address + "/sign-in/openid/callback");

        // Whom git does not know gets no account, and whose address is not verified is nobody.
        await EnterAsync(page, "stranger@elsewhere.example");
        await Assertions.Expect(page.Locator(".flash-bad")).ToContainTextAsync("did not say that you are an enabled user");
        await context.ClearCookiesAsync();
        await EnterAsync(page, "unverified@example.test");
        await Assertions.Expect(page.Locator(".flash-bad")).ToContainTextAsync("does not call your address verified");
        await context.ClearCookiesAsync();
        await page.GotoAsync("/sign-in");
        await page.ClickAsync("text=Sign in with the house");
        await page.ClickAsync("text=Cancel");
        await Assertions.Expect(page.Locator(".flash-bad")).ToContainTextAsync("broken off at the provider");
        Assert.Empty(_app.Services.GetRequiredService<SessionStore>().All);

        await context.ClearCookiesAsync();
        await EnterAsync(page, "helen@example.test", "/queue");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Queue");   // where they wanted to go
        await Assertions.Expect(page.Locator("nav.side a[href='/users']")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("nav.side a[href='/tokens']")).ToHaveCountAsync(0);
        Session session = Assert.Single(_app.Services.GetRequiredService<SessionStore>().All);
        Assert.Equal(("helen@example.test", "openid"), (session.Person, session.How));

        // The role is git's, and so is its end. A page that is not live yet has nothing to be told by.
        await page.Locator("[data-live=yes]").WaitForAsync();
        var users = _app.Services.GetRequiredService<UserService>();
        await users.UpdateAsync(Mailbox.Parse("helen@example.test"), Ptt.Web.Http.Precondition.Any, "test", "user.update", u => (u with { Roles = [] }, []), CancellationToken.None);
        await Assertions.Expect(page.Locator("nav.side a[href='/users']")).ToHaveCountAsync(0);   // the open page has loaded itself anew
        await users.SetEnabledAsync(Mailbox.Parse("helen@example.test"), false, "test", CancellationToken.None);
        await page.GotoAsync("/account");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Sign in");
        await EnterAsync(page, null);   // the provider still knows her
        await Assertions.Expect(page.Locator(".flash-bad")).ToContainTextAsync("did not say that you are an enabled user");
    }

    [Fact]
    public async Task An_answer_that_this_browser_did_not_ask_for_lets_nobody_in()
    {
        await _provider.KnowAsync(_app.Address + "/sign-in/openid/callback");
        await using IBrowserContext context = await OpenAsync();
        IPage page = await context.NewPageAsync();

        // Made up: no state of ours.
        await page.GotoAsync("/sign-in/openid/callback?code=stolen&state=made-up");
        await Assertions.Expect(page.Locator(".flash-bad")).ToContainTextAsync("does not belong to a sign-in that this browser began");

        // A good answer to a browser that has lost what it asked with, first the state, then the nonce; and in another browser.
        string answer = "";
        foreach (string lost in new[] { "Correlation", "Nonce" })
        {
            await using IBrowserContext forgetful = await OpenAsync();
            IPage mine = await forgetful.NewPageAsync();
            mine.Request += (_, request) => answer = request.Url.Contains("code=", StringComparison.Ordinal) ? request.Url : answer;
            await EnterAsync(mine, "helen@example.test", consents: false);
            string[] cookies = [.. (await forgetful.CookiesAsync()).Select(c => c.Name).Where(n => n.Contains(lost, StringComparison.Ordinal))];
            Assert.NotEmpty(cookies);
            foreach (string name in cookies)
            {
                await forgetful.ClearCookiesAsync(new() { Name = name });
            }

            await mine.ClickAsync("button.login-submit");
            await Assertions.Expect(mine.Locator(".flash-bad")).ToContainTextAsync("does not belong to a sign-in that this browser began");
        }

        Assert.Contains("/sign-in/openid/callback?code=", answer, StringComparison.Ordinal);
        await page.GotoAsync(answer);
        await Assertions.Expect(page.Locator(".flash-bad")).ToContainTextAsync("does not belong to a sign-in that this browser began");
        Assert.Empty(_app.Services.GetRequiredService<SessionStore>().All);
    }

    private static async Task EnterAsync(IPage page, string? person, string wanted = "/", bool consents = true)
    {
        await page.GotoAsync("/sign-in?return=" + Uri.EscapeDataString(wanted));
        await page.ClickAsync("text=Sign in with the house");
        if (person is not null)
        {
            await page.FillAsync("input[name=login]", person);
            await page.FillAsync("input[name=password]", "any");
            await page.ClickAsync("button.login-submit");
            await page.Locator("input[name=prompt][value=consent]").WaitForAsync(new() { State = WaitForSelectorState.Attached });
            if (consents)
            {
                await page.ClickAsync("button.login-submit");
            }
        }
    }

    // The provider's own page asks for a font far away.
    private async Task<IBrowserContext> OpenAsync()
    {
        IBrowserContext context = await fixture.Browser.NewContextAsync(new() { BaseURL = _app.Address, Locale = "en-GB" });
        context.SetDefaultTimeout(60_000);
        await context.RouteAsync(url => !url.StartsWith("http://127.0.0.1:", StringComparison.Ordinal), route => route.AbortAsync());
        return context;
    }
}
