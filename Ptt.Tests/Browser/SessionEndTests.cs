using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Ptt.Mail;
using Ptt.Smtp.Sasl;
using Ptt.Web.Http;
using Ptt.Web.Shell.Sessions;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Credentials;
using Ptt.Web.Users.Files;

namespace Ptt.Tests.Browser;

/// <summary>What a person could see ends at once, also on a page that stays open: when somebody changes their password, takes a role away, disables or deletes them, or ends the session.</summary>
[Collection(BrowserCollection.Name)]
public sealed class SessionEndTests(BrowserFixture fixture)
{
    private const string Password = "a long enough password";

    private UserService Users => fixture.App.Services.GetRequiredService<UserService>();

    [Theory]
    [InlineData("password")]
    [InlineData("disabled")]
    [InlineData("deleted")]
    [InlineData("ended")]
    public async Task An_open_page_is_shut_when_its_person(string what)
    {
        Mailbox person = await MakeAsync($"shut-{what}@example.test");
        await using IBrowserContext context = await fixture.VisitorAsync();
        IPage page = await SignInAsync(context, person);
        using HttpClient office = fixture.App.ClientOf("ada@example.test");
        switch (what)
        {
            case "password":
                using (HttpResponseMessage changed = await office.PutAsync($"/api/v1/users/{person}/password", Json("""{"password":"another long password"}""")))
                {
                    Assert.True(changed.IsSuccessStatusCode, changed.ToString());
                }

                break;
            case "disabled":
                await Users.SetEnabledAsync(person, false, "test", CancellationToken.None);
                break;
            case "deleted":
                await Users.DeleteAsync(person, Precondition.Any, "test", CancellationToken.None);
                break;
            default:
                var sessions = fixture.App.Services.GetRequiredService<SessionStore>();
                sessions.Close(Assert.Single(sessions.Of(person.ToString())));
                break;
        }

        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Sign in");   // nobody clicked
    }

    [Fact]
    public async Task An_open_page_forgets_what_a_role_showed()
    {
        Mailbox person = await MakeAsync("demoted@example.test");
        await using IBrowserContext context = await fixture.VisitorAsync();
        IPage page = await SignInAsync(context, person);
        await Users.UpdateAsync(person, Precondition.Any, "test", "user.update", u => (u with { Roles = [] }, []), CancellationToken.None);
        await Assertions.Expect(page.Locator(".pipeline")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator("#find")).ToBeVisibleAsync();   // still signed in
    }

    [Fact]
    public async Task A_new_verifier_of_the_same_password_ends_no_session()
    {
        Mailbox person = await MakeAsync("same@example.test");
        string weak = ScramVerifier.Create(Password, 5000).ToString();
        await Users.UpdateAsync(person, Precondition.Any, "test", "user.update", u => (u with { Verifier = weak }, []), CancellationToken.None);
        using HttpClient client = fixture.App.ClientOf(person.ToString());
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/queue")).StatusCode);

        // What a login does to a verifier of few rounds.
        fixture.App.Services.GetRequiredService<CredentialUpgrades>().Consider(Users.Find(person)!.User, Password);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (Users.Find(person)!.User.Verifier == weak)
        {
            await Task.Delay(20, patience.Token);
        }

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/queue")).StatusCode);
        await fixture.App.Services.GetRequiredService<UserCredentials>().SetPasswordAsync(person, "another long password", "test", CancellationToken.None);
        Assert.Equal(HttpStatusCode.Redirect, (await client.GetAsync("/queue")).StatusCode);
        Assert.Empty(fixture.App.Services.GetRequiredService<SessionStore>().Of(person.ToString()));
    }

    [Fact]
    public async Task Half_a_sign_in_ends_with_its_password()
    {
        Mailbox person = await MakeAsync("half@example.test");
        var half = fixture.App.Services.GetRequiredService<HalfSignIn>();
        var answer = new DefaultHttpContext();
        half.Begin(answer, person.ToString());
        var next = new DefaultHttpContext();
        next.Request.Headers.Cookie = answer.Response.Headers.SetCookie.ToString().Split(';')[0];
        Assert.Equal(person.ToString(), half.Person(next));
        await fixture.App.Services.GetRequiredService<UserCredentials>().SetPasswordAsync(person, "another long password", "test", CancellationToken.None);
        Assert.Null(half.Person(next));
    }

    [Fact]
    public async Task Who_changes_the_own_password_stays_and_every_other_browser_goes()
    {
        Mailbox person = await MakeAsync("self@example.test");
        await using IBrowserContext here = await fixture.VisitorAsync();
        await using IBrowserContext there = await fixture.VisitorAsync();
        IPage mine = await SignInAsync(here, person);
        IPage other = await SignInAsync(there, person);
        await mine.GotoAsync("/account");
        await mine.FillAsync("#now", Password);
        await mine.FillAsync("#next", "another long password");
        await mine.Locator("form:has(#next) button[type=submit]").ClickAsync();
        await Assertions.Expect(mine.Locator(".flash-good")).ToContainTextAsync("The password is changed");
        await Assertions.Expect(other.Locator("h1")).ToHaveTextAsync("Sign in");
        Assert.Equal(200, (await mine.GotoAsync("/queue"))!.Status);
        Assert.Single(fixture.App.Services.GetRequiredService<SessionStore>().Of(person.ToString()));
    }

    private async Task<Mailbox> MakeAsync(string address)
    {
        await fixture.App.Services.GetRequiredService<UserBootstrap>().EnsureAsync(address, Password, ["support"], CancellationToken.None);
        return Mailbox.Parse(address);
    }

    private static async Task<IPage> SignInAsync(IBrowserContext context, Mailbox person)
    {
        IPage page = await context.NewPageAsync();
        await page.GotoAsync("/sign-in");
        await page.FillAsync("#address", person.ToString());
        await page.FillAsync("#password", Password);
        await page.ClickAsync(".door button[type=submit]:has-text('Sign in')");
        await page.Locator("[data-live=yes] .pipeline").WaitForAsync();
        return page;
    }

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
}
