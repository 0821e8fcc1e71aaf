using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Ptt.Mail;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;

namespace Ptt.Tests.Browser;

/// <summary>What a person does with the pages, done by a browser against the whole program and its sandbox.</summary>
[Collection(BrowserCollection.Name)]
public sealed class ActionTests(BrowserFixture fixture)
{
    [Fact]
    public async Task A_test_message_shows_each_step_and_arrives_signed()
    {
        await using IBrowserContext context = await fixture.AdministratorAsync();
        IPage page = await context.NewPageAsync();
        await page.GotoAsync("/test");
        await page.FillAsync("#from", "ada@example.test");
        await page.FillAsync("#to", "bob@example.com");
        await page.FillAsync("#subject", World.Hostile[1]);
        await page.ClickAsync("main button[type=submit]");
        try
        {
            await page.Locator("[data-ended=yes]").WaitForAsync();
        }
        catch (TimeoutException)
        {
            Assert.Fail("The message has not arrived: " + await page.Locator("main").InnerTextAsync());
        }

        await Assertions.Expect(page.Locator(".step-done")).ToHaveCountAsync(5);
        await fixture.ShootAsync(page, "test-steps");

        await page.ClickAsync("text=See it in the sandbox inbox");
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("<img src=x onerror=");
        await Assertions.Expect(page.Locator(".badge-good")).ToHaveCountAsync(2);   // RSA and Ed25519
        await fixture.ShootAsync(page, "sandbox-message");

        await page.GotoAsync("/search?q=bob%40example.com");
        await page.Locator("main a[href^='/messages/']").First.ClickAsync();
        await Assertions.Expect(page.Locator(".timeline")).ToContainTextAsync("Delivered");
        await fixture.ShootAsync(page, "message");
        Assert.EndsWith("· Ptt", await page.TitleAsync(), StringComparison.Ordinal);
    }

    [Fact]
    [Presses("/users/disable", "/users/delete")]
    public async Task A_user_is_added_disabled_and_deleted_only_after_its_address_was_typed()
    {
        await using IBrowserContext context = await fixture.AdministratorAsync();
        IPage page = await context.NewPageAsync();
        await page.GotoAsync("/users/new");
        await page.FillAsync("#address", "grace@example.test");
        await page.FillAsync("#password", "short");
        await page.ClickAsync("main form:has(#address) button[type=submit]");
        await Assertions.Expect(page.Locator("#password-error")).ToBeVisibleAsync();
        await page.FillAsync("#password", "a long enough password");
        await page.ClickAsync("main form:has(#address) button[type=submit]");
        await Assertions.Expect(page.Locator(".flash-good")).ToContainTextAsync("grace@example.test");
        await fixture.ShootAsync(page, "user-added");

        var users = fixture.App.Services.GetRequiredService<UserService>();
        Mailbox grace = Mailbox.Parse("grace@example.test");
        await page.Locator(".page-actions button:has-text('Disable')").First.ClickAsync();
        await page.Locator(".dialog:popover-open button[type=submit]").ClickAsync();
        await Assertions.Expect(page.Locator(".flash-good")).ToBeVisibleAsync();
        Assert.False(users.Find(grace)!.User.Enabled);

        await page.Locator(".page-actions button:has-text('Delete')").First.ClickAsync();
        ILocator dialog = page.Locator(".dialog:popover-open");
        await dialog.Locator("input[name=typed]").FillAsync("somebody else");
        await dialog.Locator("button[type=submit]").ClickAsync();
        Assert.NotNull(users.Find(grace));   // the browser itself does not send it
        await fixture.ShootAsync(page, "user-delete");
        await dialog.Locator("input[name=typed]").FillAsync("grace@example.test");
        await dialog.Locator("button[type=submit]").ClickAsync();
        await Assertions.Expect(page.Locator(".flash-good")).ToBeVisibleAsync();
        Assert.Null(users.Find(grace));
    }

    [Fact]
    public async Task Two_people_at_the_same_user_overwrite_nothing()
    {
        await using IBrowserContext context = await fixture.AdministratorAsync();
        IPage mine = await context.NewPageAsync();
        IPage theirs = await context.NewPageAsync();
        await mine.GotoAsync("/users/user01%40example.test");
        await theirs.GotoAsync("/users/user01%40example.test");
        await theirs.FillAsync("#name", "Their name");
        await theirs.Locator("form:has(#name) button[type=submit]").ClickAsync();
        await Assertions.Expect(theirs.Locator(".flash-good")).ToBeVisibleAsync();
        await mine.FillAsync("#name", "My name");
        await mine.Locator("form:has(#name) button[type=submit]").ClickAsync();
        await Assertions.Expect(mine.Locator(".flash-bad")).ToContainTextAsync("Someone else changed this user");
        Assert.Equal("Their name", fixture.App.Services.GetRequiredService<UserService>().Find(Mailbox.Parse("user01@example.test"))!.User.DisplayName);
    }

    [Fact]
    [Presses("/sign-out")]
    public async Task Signing_in_takes_the_right_password_and_French_is_kept()
    {
        await using IBrowserContext context = await fixture.VisitorAsync(locale: "fr-FR");
        IPage page = await context.NewPageAsync();
        await page.GotoAsync("/queue");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Connexion");
        await page.FillAsync("#address", "ada@example.test");
        await page.FillAsync("#password", "wrong");
        await page.ClickAsync(".door button[type=submit]");
        await Assertions.Expect(page.Locator("#password-error")).ToBeVisibleAsync();
        await page.FillAsync("#password", "sandbox");
        await page.ClickAsync(".door button[type=submit]");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("File d'attente");   // where they wanted to go
        await page.GotoAsync("/");
        await fixture.ShootAsync(page, "overview-fr");
        await page.ClickAsync("button[popovertarget=me]");
        await page.ClickAsync("button[name=language][value=en]");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Overview");
        await page.ClickAsync("button[popovertarget=me]");
        await fixture.ShootAsync(page, "menu");
        await page.ClickAsync("form[action='/sign-out'] button");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Sign in");
    }

    [Fact]
    public async Task Without_any_script_pages_and_verbs_still_work()
    {
        await using IBrowserContext context = await fixture.AdministratorAsync(script: false);
        IPage page = await context.NewPageAsync();
        await page.GotoAsync("/users?q=user02");
        await page.Locator("tbody .cell-actions button:has-text('Disable')").First.ClickAsync();
        await page.Locator(".dialog:popover-open button[type=submit]").ClickAsync();
        await Assertions.Expect(page.Locator(".flash-good")).ToBeVisibleAsync();
        await page.GotoAsync("/");
        await Assertions.Expect(page.Locator(".pipeline")).ToBeVisibleAsync();
    }
}
