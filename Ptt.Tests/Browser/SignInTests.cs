using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Ptt.Tests.Support;
using Ptt.Web.Access.Factors;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;

namespace Ptt.Tests.Browser;

/// <summary>Second factors, by a browser: an authenticator app (oathtool plays it), recovery codes, and passkeys (Chromium's virtual authenticator).</summary>
[Collection(BrowserCollection.Name)]
public sealed class SignInTests(BrowserFixture fixture)
{
    private const string Password = "a long enough password";

    [Fact]
    [Presses("/sign-ins/factors/clear")]
    public async Task An_app_and_recovery_codes_are_asked_after_the_password()
    {
        const string Person = "second@example.test";
        await MakeAsync(Person);
        await using IBrowserContext context = await fixture.VisitorAsync();
        IPage page = await context.NewPageAsync();
        await EnterAsync(page, Person);
        await page.GotoAsync("/account/authenticator");
        await fixture.ShootAsync(page, "authenticator");
        string secret = (await page.Locator(".copy-block").InnerTextAsync()).Replace(" ", "", StringComparison.Ordinal);
        await page.FillAsync("#now", Password);
        await page.FillAsync("#code", "000000");
        await page.ClickAsync("main button[type=submit]:has-text('Add it')");
        await Assertions.Expect(page.Locator("#code-error")).ToBeVisibleAsync();
        await page.FillAsync("#now", Password);
        await page.FillAsync("#code", Oath(secret));
        await page.ClickAsync("main button[type=submit]:has-text('Add it')");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Recovery codes");
        await page.FillAsync("#now", Password);
        await page.ClickAsync("main button[type=submit]:has-text('Make ten codes')");
        string[] codes = (await page.Locator(".copy-block").InnerTextAsync()).Split('\n');
        Assert.Equal(10, codes.Length);
        await fixture.ShootAsync(page, "recovery-codes");
        await page.GotoAsync("/account");
        await fixture.ShootAsync(page, "account-factors");

        await LeaveAsync(page);
        await page.FillAsync("#address", Person);
        await page.FillAsync("#password", Password);
        await page.ClickAsync(".door button[type=submit]:has-text('Sign in')");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Second factor");
        await fixture.ShootAsync(page, "second-factor");
        Assert.Equal("/sign-in", new Uri((await page.GotoAsync("/users"))!.Url).AbsolutePath);   // half a sign-in opens nothing
        await page.GotoAsync("/sign-in/second");
        await page.FillAsync("#code", "123456");
        await page.ClickAsync(".door button[type=submit]:has-text('Come in')");
        await Assertions.Expect(page.Locator("#code-error")).ToBeVisibleAsync();
        await page.FillAsync("#code", codes[3]);
        await page.ClickAsync(".door button[type=submit]:has-text('Come in')");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Recovery codes");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("9 left");

        // Somebody has lost everything: an administrator takes the factors away, and all their browsers are out.
        await using IBrowserContext office = await fixture.AdministratorAsync();
        IPage desk = await office.NewPageAsync();
        await desk.GotoAsync("/sign-ins");
        await fixture.ShootAsync(desk, "sign-ins");
        await desk.Locator($"li:has-text('{Person}') button:has-text('Take away')").First.ClickAsync();
        await desk.Locator(".dialog:popover-open input[name=typed]").FillAsync(Person);
        await desk.Locator(".dialog:popover-open button[type=submit]").ClickAsync();
        await Assertions.Expect(desk.Locator(".flash-good")).ToBeVisibleAsync();
        await page.GotoAsync("/account");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Sign in");
        await EnterAsync(page, Person);
    }

    [Fact]
    [Presses("/account/passkeys/add", "/account/factors/remove", "/sign-in/passkey")]
    public async Task A_passkey_lets_in_alone_until_it_is_removed()
    {
        const string Person = "passkey@example.test";
        await MakeAsync(Person);
        await using IBrowserContext context = await fixture.VisitorAsync(address: fixture.App.NamedAddress);
        IPage page = await context.NewPageAsync();
        ICDPSession devtools = await context.NewCDPSessionAsync(page);
        await devtools.SendAsync("WebAuthn.enable");
        await devtools.SendAsync("WebAuthn.addVirtualAuthenticator", new Dictionary<string, object>
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2", ["transport"] = "internal", ["hasResidentKey"] = true, ["hasUserVerification"] = true, ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });
        await EnterAsync(page, Person);
        await page.GotoAsync("/account");
        await page.ClickAsync("summary:has-text('Add a passkey')");
        await page.FillAsync("#passkey-name", "virtual <b>key</b>");
        await page.FillAsync("#passkey-now", Password);
        await page.ClickAsync("form[data-passkey=create] button[type=submit]");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Recovery codes");
        Assert.Equal(FactorKind.Passkey, Assert.Single(fixture.App.Services.GetRequiredService<SecondFactors>().Of(Person)).Kind);

        await LeaveAsync(page);
        await page.ClickAsync("form[data-passkey=get] button[type=submit]");
        await Assertions.Expect(page.Locator("#find")).ToBeVisibleAsync();
        await page.GotoAsync("/account");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("passkey");
        await fixture.ShootAsync(page, "account-passkey");

        // After the password it is asked as well, and a wrong password removes nothing.
        await page.ClickAsync("button:has-text('Remove')");
        await page.Locator(".dialog:popover-open input[name=password]").FillAsync("wrong");
        await page.Locator(".dialog:popover-open button[type=submit]").ClickAsync();
        await Assertions.Expect(page.Locator(".flash-bad")).ToBeVisibleAsync();
        await LeaveAsync(page);
        await page.FillAsync("#address", Person);
        await page.FillAsync("#password", Password);
        await page.ClickAsync(".door button[type=submit]:has-text('Sign in')");
        await page.ClickAsync("form[data-passkey=get] button[type=submit]");
        await Assertions.Expect(page.Locator("#find")).ToBeVisibleAsync();

        await page.GotoAsync("/account");
        await page.ClickAsync("button:has-text('Remove')");
        await page.Locator(".dialog:popover-open input[name=password]").FillAsync(Password);
        await page.Locator(".dialog:popover-open button[type=submit]").ClickAsync();
        await Assertions.Expect(page.Locator(".flash-good")).ToBeVisibleAsync();
        await LeaveAsync(page);
        await page.ClickAsync("form[data-passkey=get] button[type=submit]");
        await Assertions.Expect(page.Locator(".flash-bad")).ToBeVisibleAsync();   // the browser still has it, we do not
    }

    [Fact]
    public async Task Where_a_second_factor_is_demanded_roles_wait_for_it()
    {
        await using var app = new PttApp(("Ptt:Admin:RequireSecondFactor", "true"));
        app.StartServer();
        await World.FillAsync(app.Services);
        using HttpClient ada = app.ClientOf("ada@example.test");
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, (await ada.GetAsync("/users")).StatusCode);
        Assert.Contains("second factor", await ada.GetStringAsync("/"), StringComparison.Ordinal);
        SecondFactors factors = app.Services.GetRequiredService<SecondFactors>();
        TotpOffer offer = factors.Offer("ada@example.test", "Ptt");
        Assert.True(await factors.AddTotpAsync("ada@example.test", offer.Sealed, Oath(offer.Secret), "phone"));
        Assert.Equal(System.Net.HttpStatusCode.OK, (await ada.GetAsync("/users")).StatusCode);
    }

    private async Task MakeAsync(string person) =>
        await fixture.App.Services.GetRequiredService<UserBootstrap>().EnsureAsync(person, Password, ["support"], CancellationToken.None);

    private static async Task EnterAsync(IPage page, string person)
    {
        await page.GotoAsync("/sign-in");
        await page.FillAsync("#address", person);
        await page.FillAsync("#password", Password);
        await page.ClickAsync(".door button[type=submit]:has-text('Sign in')");
        await Assertions.Expect(page.Locator("#find")).ToBeVisibleAsync();
    }

    private static async Task LeaveAsync(IPage page)
    {
        await page.ClickAsync("button[popovertarget=me]");
        await page.ClickAsync("form[action='/sign-out'] button");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Sign in");
    }

    private static string Oath(string secret)
    {
        using Process process = Process.Start(new ProcessStartInfo("oathtool", ["--totp", "-b", secret]) { RedirectStandardOutput = true })!;
        return Regex.Replace(process.StandardOutput.ReadToEnd(), @"\s", "");
    }
}
