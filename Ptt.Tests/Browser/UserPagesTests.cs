using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Ptt.Mail;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Sending;

namespace Ptt.Tests.Browser;

/// <summary>The pages of users, clicked through against the whole program.</summary>
[Collection(BrowserCollection.Name)]
public sealed class UserPagesTests(BrowserFixture fixture)
{
    private UserService Users => fixture.App.Services.GetRequiredService<UserService>();

    [Fact]
    [Presses("/users/import/file", "/users/import/start")]
    public async Task A_file_of_users_is_shown_before_it_is_written_and_then_its_progress()
    {
        await using IBrowserContext context = await fixture.AdministratorAsync();
        IPage page = await context.NewPageAsync();
        await page.GotoAsync("/users");
        await page.ClickAsync("a[href='/users/import']");
        var file = new StringBuilder("\uFEFFaddress;name;enabled;roles;password\r\n");
        for (int i = 0; i < 700; i++)
        {
            file.Append(System.Globalization.CultureInfo.InvariantCulture, $"import{i}@example.test;\"Import; no. {i}\";{(i % 9 == 0 ? "false" : "true")};;\r\n");
        }

        file.Append("user21@example.test;Renamed by file;;;\r\nuser22@example.test;User number 22;;;\r\nnobody@elsewhere.example;x;;;\r\n<b>nonsense</b>;x;;;\r\nimport1@example.test;twice;;;\r\nwrong@example.test;x;perhaps;;\r\nlogin@example.test;Login;;;a long enough password\r\n");
        await page.SetInputFilesAsync("#file", new FilePayload { Name = "users.csv", MimeType = "text/csv", Buffer = Encoding.UTF8.GetBytes(file.ToString()) });
        await page.ClickAsync("main form:has(#file) button[type=submit]");
        await Assertions.Expect(page.Locator("main button.button-main")).ToContainTextAsync("702");
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("elsewhere.example is no domain of ours");
        await Assertions.Expect(page.Locator("tbody")).ToContainTextAsync("is in the file twice");
        await Assertions.Expect(page.Locator("tbody")).ToContainTextAsync("displayName: \"User number 21\" -> \"Renamed by file\"");
        await ShootAsync(page, "import-preview");
        string preview = page.Url;
        await page.GotoAsync(preview + "?kind=Wrong&sort=-line");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(4);
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("wrong@example.test");
        Assert.Equal(5, (await page.APIRequest.GetAsync(new Uri(page.Url).GetLeftPart(UriPartial.Path) + ".csv?kind=Wrong").ContinueWith(t => t.Result.TextAsync()).Unwrap()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        await page.GotoAsync(preview);
        Assert.Null(Users.Find(Mailbox.Parse("import1@example.test")));   // nothing yet

        await page.ClickAsync("main button.button-main");
        await page.Locator("[data-ended=yes]").WaitForAsync();
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("702 of 702 users are written.");
        await ShootAsync(page, "import-done");
        Assert.Equal("Import; no. 1", Users.Find(Mailbox.Parse("import1@example.test"))!.User.DisplayName);
        Assert.False(Users.Find(Mailbox.Parse("import9@example.test"))!.User.Enabled);
        Assert.Equal("Renamed by file", Users.Find(Mailbox.Parse("user21@example.test"))!.User.DisplayName);
        Assert.NotNull(Users.Find(Mailbox.Parse("login@example.test"))!.User.Verifier);
        Assert.Null(Users.Find(Mailbox.Parse("wrong@example.test")));
    }

    [Fact]
    [Presses("/users/revert")]
    public async Task A_user_page_shows_use_and_mail_makes_app_passwords_and_brings_an_older_state_back()
    {
        await using IBrowserContext context = await fixture.AdministratorAsync();
        IPage page = await context.NewPageAsync();
        await page.GotoAsync("/test");
        await page.FillAsync("#from", "ada@example.test");
        await page.FillAsync("#to", "carol@example.com");
        await page.FillAsync("#subject", "For the user page");
        await page.ClickAsync("main button[type=submit]");
        await page.Locator("[data-ended=yes]").WaitForAsync();

        await page.GotoAsync("/users/ada%40example.test");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("For the user page");
        await page.ClickAsync("summary:has-text('More limits')");
        await page.FillAsync("#day", "500");
        await page.FillAsync("#strangers", "50");
        await page.FillAsync("#sessions", "4");
        await page.SelectOptionAsync("#over", "hold");
        await page.Locator("form:has(#name) button[type=submit]").ClickAsync();
        await Assertions.Expect(page.Locator(".flash-good")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#usage")).ToContainTextAsync("of 500");
        UserLimits limits = Users.Find(Mailbox.Parse("ada@example.test"))!.User.Limits;
        Assert.Equal((500, 50, 4, OverLimit.Hold), (limits.RecipientsPerDay, limits.NewRecipientsPerDay, limits.Sessions, limits.OverLimit));

        await page.FillAsync("#app", "laptop");
        await page.ClickAsync("summary:has-text('Until when')");
        await page.FillAsync("#app-ends", "2001-01-01");
        await page.FillAsync("#app-networks", "192.0.2.0/24");
        await page.Locator("form:has(#app) button[type=submit]").ClickAsync();
        await Assertions.Expect(page.Locator("#app-ends-error")).ToContainTextAsync("a day to come");
        await page.EvalOnSelectorAsync("details:has(#app-ends)", "d => d.open = true");
        await page.FillAsync("#app-ends", "2199-01-01");
        await page.Locator("form:has(#app) button[type=submit]").ClickAsync();
        await Assertions.Expect(page.Locator(".made")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".lines").First).ToBeVisibleAsync();
        AppPassword made = Assert.Single(Users.Find(Mailbox.Parse("ada@example.test"))!.User.AppPasswords, a => a.Name == "laptop");
        Assert.Equal("192.0.2.0/24", Assert.Single(made.Networks).ToString());
        await ShootAsync(page, "user-full");

        // The state before the limits comes back; the app password stays.
        ILocator before = page.Locator("li:has(button:has-text('As it was then'))").Last;
        await before.Locator("summary").ClickAsync();
        await Assertions.Expect(before.Locator("pre")).ToContainTextAsync("\"address\": \"ada@example.test\"");
        Assert.DoesNotContain("SCRAM-SHA-256$", await page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        await before.Locator("button:has-text('As it was then')").First.ClickAsync();
        await page.Locator(".dialog:popover-open button[type=submit]").ClickAsync();
        await Assertions.Expect(page.Locator(".flash-good")).ToBeVisibleAsync();
        User back = Users.Find(Mailbox.Parse("ada@example.test"))!.User;
        Assert.Equal((UserLimits.None, made.Id), (back.Limits, back.AppPasswords.Single(a => a.Name == "laptop").Id));
        await ShootAsync(page, "user-reverted");
    }

    [Fact]
    [Presses("/users/release")]
    public async Task A_user_who_is_held_is_seen_and_let_go()
    {
        Mailbox held = Mailbox.Parse("user30@example.test");
        fixture.App.Services.GetRequiredService<SendingCounts>().Hold(held, "unusual: 180 new recipients within a day, usually 5");
        await using IBrowserContext context = await fixture.AdministratorAsync();
        IPage page = await context.NewPageAsync();
        await page.GotoAsync("/users/user30%40example.test");
        await Assertions.Expect(page.Locator("#usage")).ToContainTextAsync("180 new recipients");
        await ShootAsync(page, "user-held");
        await page.ClickAsync("button:has-text('Release its mail')");
        await page.Locator(".dialog:popover-open button[type=submit]").ClickAsync();
        await Assertions.Expect(page.Locator(".flash-good")).ToContainTextAsync("are released");
        Assert.DoesNotContain(fixture.App.Services.GetRequiredService<UserSending>().Held, h => h.Address == "user30@example.test");
    }

    private static Task ShootAsync(IPage page, string name) =>
        page.ScreenshotAsync(new() { Path = Path.Combine(BrowserFixture.Artifacts, $"users-{name}.png"), FullPage = true });
}
