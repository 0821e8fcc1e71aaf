using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Domains;
using Ptt.Web.Keys;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Shell.Sessions;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;

namespace Ptt.Tests.Browser;

/// <summary>Users, tokens, sessions, the own account, domains and keys: what is pressed there, by one person and by two.</summary>
[Collection(BrowserCollection.Name)]
public sealed class PeopleButtonTests(BrowserFixture fixture)
{
    private UserService Users => fixture.App.Services.GetRequiredService<UserService>();

    [Fact]
    [Presses("/users/enable", "/users/app-password/revoke")]
    public async Task A_user_is_enabled_again_and_an_app_password_withdrawn()
    {
        Mailbox person = Mailbox.Parse("user14@example.test");   // not enabled in the tests' world
        await fixture.App.Services.GetRequiredService<UserCredentials>().AddAppPasswordAsync(person, new NewAppPassword("old phone"), "test", CancellationToken.None);
        IPage page = await fixture.WorkingAsync();
        await page.GotoAsync("/users/user14%40example.test");
        await page.PressButtonAsync("/users/enable", "is enabled", ".page-actions");
        Assert.True(Users.Find(person)!.User.Enabled);
        await page.PressButtonAsync("/users/app-password/revoke", "The app password is revoked", typed: "old phone");
        Assert.Empty(Users.Find(person)!.User.AppPasswords);
    }

    [Fact]
    [Presses("/tokens/revoke")]
    public async Task A_token_is_made_shown_once_and_revoked()
    {
        var tokens = fixture.App.Services.GetRequiredService<TokenStore>();
        IPage page = await fixture.WorkingAsync();
        await page.GotoAsync("/tokens");
        if (await page.Locator("details:not([open]) > summary:has-text('Make a token')").CountAsync() > 0)
        {
            await page.ClickAsync("summary:has-text('Make a token')");
        }

        await page.FillAsync("#name", "of the buttons");
        await page.CheckAsync("input[value='queue:read']");
        await page.ClickAsync("main form:has(#name) button[type=submit]");
        await Assertions.Expect(page.Locator(".made .copy-block")).ToContainTextAsync("ptt_");
        ApiToken made = tokens.List().Single(t => t.Name == "of the buttons");
        await page.GotoAsync("/tokens?q=buttons");
        await page.PressButtonAsync("/tokens/revoke", "is revoked", "tr:has-text('of the buttons')", typed: "of the buttons");
        Assert.Null(tokens.Find(made.Id));
    }

    [Fact]
    [Presses("/sign-ins/end", "/account/sessions/end", "/account/sessions/others", "/account/app-password/revoke")]
    public async Task Browsers_are_signed_out_by_an_administrator_and_by_their_person()
    {
        const string Person = "buttons@example.test";
        await fixture.App.Services.GetRequiredService<UserBootstrap>().EnsureAsync(Person, "a long enough password", [], CancellationToken.None);
        var sessions = fixture.App.Services.GetRequiredService<SessionStore>();
        sessions.Open(Person, "password", "192.0.2.1", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
        IPage page = await fixture.WorkingAsync();
        await page.GotoAsync("/sign-ins?q=buttons");
        await Assertions.Expect(page.Locator("tbody tr")).ToContainTextAsync("Firefox 140 on Linux");
        await page.PressButtonAsync("/sign-ins/end", "That browser is signed out", "tr:has-text('buttons@')");
        Assert.Empty(sessions.Of(Person));

        await using IBrowserContext own = await fixture.PersonAsync(Person);
        IPage mine = await own.NewPageAsync();
        for (int i = 0; i < 3; i++)
        {
            sessions.Open(Person, "password", "192.0.2.2", null);
        }

        await mine.GotoAsync("/account");
        await mine.PressButtonAsync("/account/sessions/end", "That browser is signed out");
        Assert.Equal(3, sessions.Of(Person).Count);
        await mine.PressButtonAsync("/account/sessions/others", "All other browsers are signed out");
        Assert.Single(sessions.Of(Person));
        await mine.FillAsync("#app", "tablet");
        await mine.ClickAsync("form:has(#app) button[type=submit]");
        await Assertions.Expect(mine.Locator(".made")).ToBeVisibleAsync();
        await mine.PressButtonAsync("/account/app-password/revoke", "The app password is revoked", typed: "tablet");
        Assert.Empty(Users.Find(Mailbox.Parse(Person))!.User.AppPasswords);
    }

    [Fact]
    [Presses("/domains/add", "/domains/check")]
    public async Task A_domain_is_added_and_checked_also_without_script()
    {
        await using IBrowserContext plain = await fixture.AdministratorAsync(script: false);
        IPage page = await plain.NewPageAsync();
        await page.GotoAsync("/domains");
        await page.ClickAsync("summary:has-text('Add a domain')");
        await page.FillAsync("#domain", "two.test");
        await page.PressButtonAsync("/domains/add", "two.test is added");
        Assert.Contains(DomainName.Parse("two.test"), fixture.App.Services.GetRequiredService<IOwnDomains>().All);
        await page.GotoAsync("/domains/example.test");
        await page.PressButtonAsync("/domains/check", "as they should be", kind: "info");
    }

    [Fact]
    public async Task Two_administrators_who_rotate_at_once_rotate_once()
    {
        var keys = fixture.App.Services.GetRequiredService<KeyService>();
        DomainName domain = DomainName.Parse("example.test");
        string[] Active() => [.. keys.Find(domain)!.Keys.Where(k => k.State == KeyState.Active).Select(k => k.Selector).Order(StringComparer.Ordinal)];
        IPage mine = await fixture.WorkingAsync();
        await using IBrowserContext colleague = await fixture.AdministratorAsync();
        IPage theirs = await colleague.NewPageAsync();
        await mine.GotoAsync("/keys/example.test");
        await theirs.GotoAsync("/keys/example.test");
        string[] before = Active();
        await mine.PressButtonAsync("/keys/rotate", "", ".page-actions");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (Active().Intersect(before).Any())
        {
            await Task.Delay(50, patience.Token);   // a standby key may have to be proved first
        }

        string[] after = Active();
        await theirs.PressButtonAsync("/keys/rotate", "The keys have changed since you looked", ".page-actions", kind: "bad");
        Assert.Equal(after, Active());
        await fixture.ShootAsync(theirs, "two-at-a-key");
    }

    [Fact]
    public async Task Who_deletes_a_user_that_another_has_just_changed_is_told()
    {
        IPage mine = await fixture.WorkingAsync();
        await using IBrowserContext colleague = await fixture.AdministratorAsync();
        IPage theirs = await colleague.NewPageAsync();
        await mine.GotoAsync("/users/user03%40example.test");
        await theirs.GotoAsync("/users/user03%40example.test");
        await theirs.FillAsync("#name", "Just married");
        await theirs.Locator("form:has(#name) button[type=submit]").ClickAsync();
        await Assertions.Expect(theirs.Locator(".flash-good")).ToBeVisibleAsync();
        await mine.PressButtonAsync("/users/delete", "Someone else changed this in the meantime", ".page-actions", typed: "user03@example.test", kind: "bad");
        Assert.Equal("Just married", Users.Find(Mailbox.Parse("user03@example.test"))!.User.DisplayName);
    }

    [Fact]
    [Presses("/users/sync/now", "/users/sync/accept")]
    public async Task The_users_repository_is_fetched_and_a_refused_commit_seen_and_let_in()
    {
        using ForeignGit clone = await ForeignGit.CloneAsync(fixture.App.Services);
        IPage page = await fixture.WorkingAsync();
        await page.GotoAsync("/users/sync");
        await page.PressButtonAsync("/users/sync/now", "There was nothing new");
        await clone.RunAsync("commit", "-q", "--amend", "-m", "History, told anew");
        await clone.RunAsync("push", "-q", "-f", "origin", "HEAD:main");
        string commit = await clone.RunAsync("rev-parse", "HEAD");
        await page.PressButtonAsync("/users/sync/now", "is refused", kind: "bad");
        await Assertions.Expect(page.Locator("#refused")).ToBeVisibleAsync();
        await fixture.ShootAsync(page, "commit-refused");
        await page.PressButtonAsync("/users/sync/accept", "The commit is in force", typed: commit[..12]);
        Assert.Equal(commit, Users.Sync.Head);
    }

    [Fact]
    [Presses("/sandbox/clear")]
    public async Task The_sandbox_is_emptied()
    {
        IPage page = await fixture.WorkingAsync();
        await page.GotoAsync("/sandbox");
        await page.PressButtonAsync("/sandbox/clear", "The inbox is empty", typed: "all");
    }
}
