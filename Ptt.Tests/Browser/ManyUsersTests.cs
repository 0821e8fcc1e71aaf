using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Tests.Support;
using Ptt.Web.Shell.Sessions;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;

namespace Ptt.Tests.Browser;

/// <summary>The list of users with a hundred thousand of them.</summary>
[Collection(BrowserCollection.Name)]
public sealed class ManyUsersTests(BrowserFixture fixture)
{
    private const int Count = 100_000;

    [Fact]
    [Trait("Run", "Long")]
    public async Task A_hundred_thousand_users_are_listed_searched_sorted_and_paged()
    {
        using var directory = new TemporaryDirectory();
        var git = new GitCommand(directory.File("users.git"), TimeSpan.FromMinutes(5));
        using var made = new UserGit(git, "t@example.org");
        await made.EnsureAsync("main", default);
        await UsersRepository.FillAsync(git,
        [
            new FileChange("domains/many.example.json", UserFile.Write(new OwnDomain { Domain = DomainName.Parse("many.example") })),
            .. Enumerable.Range(0, Count).Select(i => new User
            {
                Address = Mailbox.Parse(string.Create(CultureInfo.InvariantCulture, $"user{i:000000}@many.example")),
                DisplayName = string.Create(CultureInfo.InvariantCulture, $"Person {Count - 1 - i:000000}"), Enabled = i % 1000 != 7, Roles = i == 50_007 ? ["support"] : [],
            }).Select(u => new FileChange(Addresses.FileOf(u.Address), UserFile.Write(u))),
        ]);
        await using var app = new PttApp(("Ptt:Users:Repository", git.Repository));
        app.StartServer();
        await using IBrowserContext context = await fixture.Browser.NewContextAsync(new() { BaseURL = app.Address, Locale = "en-GB", ViewportSize = new() { Width = 1280, Height = 900 } });
        context.SetDefaultTimeout(60_000);
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(app.Services.GetRequiredService<OneTimeLink>().Path);
        await page.Locator("main button[type=submit]").ClickAsync();
        await page.Locator("#find").WaitForAsync();

        await page.GotoAsync("/users?domain=many.example");
        await Assertions.Expect(page.Locator(".pager")).ToContainTextAsync("100,000");
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("user000000@many.example");
        await page.ScreenshotAsync(new() { Path = Path.Combine(BrowserFixture.Artifacts, "users-many.png") });
        await page.ClickAsync("a[rel=next]");
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("user000050@many.example");
        await page.ClickAsync("thead a:has-text('Name')");
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("Person 000000");
        await page.GotoAsync("/users?q=Person+0123&domain=many.example");
        await Assertions.Expect(page.Locator(".pager")).ToContainTextAsync("100");
        await page.GotoAsync("/users?role=support&domain=many.example");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await page.ClickAsync("tbody a");
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("user050007@many.example");
    }
}
