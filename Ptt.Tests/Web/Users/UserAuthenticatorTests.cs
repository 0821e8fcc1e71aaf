using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Smtp.Sasl;
using Ptt.Tests.Support;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Credentials;
using Ptt.Web.Users.Files;

namespace Ptt.Tests.Web.Users;

public sealed class UserAuthenticatorTests
{
    [Theory]
    [InlineData("ada@example.org", true)]
    [InlineData("ADA@EXAMPLE.ORG", true)]
    [InlineData("ada", true)]            // the only domain is meant
    [InlineData("bob@example.org", false)]
    [InlineData("", false)]
    [InlineData("\u0000", false)]
    [InlineData("ada@example.org@example.org", false)]
    public async Task A_login_is_an_address_whatever_its_case(string login, bool accepted)
    {
        await using ApiHost host = await StartAsync();
        Assert.Equal(accepted, await host.LogsInAsync(login, "correct horse"));
    }

    [Fact]
    public async Task Guessing_is_slowed_for_the_guesser_and_not_for_the_owner()
    {
        await using ApiHost host = await StartAsync();
        IPAddress home = IPAddress.Parse("198.51.100.7"), stranger = IPAddress.Parse("203.0.113.9");
        Assert.True(await host.LogsInAsync("ada@example.org", "correct horse", home));
        int tried = 0;
        for (int i = 0; i < 300; i++)
        {
            host.Time.Advance(TimeSpan.FromMilliseconds(200));   // a minute in all
            tried += await host.TryLogInAsync("ada@example.org", "guess " + i, stranger) is AuthVerdict.Refused ? 1 : 0;
        }

        Assert.InRange(tried, 5, 30);
        Assert.IsType<AuthVerdict.Throttled>(await host.TryLogInAsync("ada@example.org", "correct horse", stranger));
        Assert.IsType<AuthVerdict.Throttled>(await host.TryLogInAsync("ada@example.org", "correct horse", IPAddress.Parse("203.0.113.200")));   // the same /24
        Assert.True(await host.LogsInAsync("ada@example.org", "correct horse", home));
        host.Time.Advance(TimeSpan.FromHours(2));
        Assert.True(await host.LogsInAsync("ada@example.org", "correct horse", stranger));
    }

    [Theory]
    [InlineData("192.0.2.77", "192.0.2.0")]
    [InlineData("::ffff:192.0.2.77", "192.0.2.0")]
    [InlineData("2001:db8:1:2::3", "2001:db8:1::")]
    public void A_network_is_a_24_or_a_48(string client, string network) => Assert.Equal(network, LoginThrottle.NetworkOf(IPAddress.Parse(client)));

    [Fact]
    public async Task Nobody_learns_from_SCRAM_who_exists()
    {
        await using ApiHost host = await StartAsync();
        IAuthenticator auth = host.Services.GetRequiredService<IAuthenticator>();
        ScramVerifier first = await auth.GetScramVerifierAsync("nobody@example.org", UsersHost.Client, default);
        ScramVerifier again = await auth.GetScramVerifierAsync("nobody@example.org", UsersHost.Client, default);
        ScramVerifier other = await auth.GetScramVerifierAsync("someone@example.org", UsersHost.Client, default);
        ScramVerifier real = await auth.GetScramVerifierAsync("ada@example.org", UsersHost.Client, default);

        Assert.Equal(first.Salt.ToArray(), again.Salt.ToArray());
        Assert.NotEqual(first.Salt.ToArray(), other.Salt.ToArray());
        Assert.Equal((real.Iterations, real.Salt.Length), (first.Iterations, first.Salt.Length));
        Assert.True(real.Verify("correct horse"));
        Assert.IsType<AuthVerdict.Refused>(await auth.CompleteScramAsync("nobody@example.org", first, UsersHost.Client, default));
        Assert.IsType<AuthVerdict.Accepted>(await auth.CompleteScramAsync("ada@example.org", real, UsersHost.Client, default));
        Assert.IsType<AuthVerdict.Refused>(await auth.CompleteScramAsync("ada@example.org", null, UsersHost.Client, default));
    }

    [Fact]
    public async Task Who_began_a_SCRAM_exchange_with_a_password_that_is_changed_meanwhile_does_not_get_in()
    {
        await using ApiHost host = await StartAsync();
        IAuthenticator auth = host.Services.GetRequiredService<IAuthenticator>();
        ScramVerifier old = await auth.GetScramVerifierAsync("ada@example.org", UsersHost.Client, default);

        await host.PatchAsync("ada@example.org", new { password = "battery staple" });

        Assert.IsType<AuthVerdict.Refused>(await auth.CompleteScramAsync("ada@example.org", old, UsersHost.Client, default));
        ScramVerifier changed = await auth.GetScramVerifierAsync("ada@example.org", UsersHost.Client, default);
        Assert.IsType<AuthVerdict.Accepted>(await auth.CompleteScramAsync("ada@example.org", changed, UsersHost.Client, default));
    }

    [Fact]
    public async Task A_session_ends_when_what_it_relies_on_changes_and_only_then()
    {
        await using ApiHost host = await StartAsync();
        IAuthenticator auth = host.Services.GetRequiredService<IAuthenticator>();
        UserService users = host.Services.GetRequiredService<UserService>();
        async Task<Login> LogInAsync(string password) => ((AuthVerdict.Accepted)await host.TryLogInAsync("ada@example.org", password)).Login;

        Login first = await LogInAsync("correct horse");
        await users.UpdateAsync(UsersHost.Address("ada@example.org"), Ptt.Web.Http.Precondition.Any, "t", "user.patch", u => (u with { DisplayName = "A" }, []), default);
        Assert.True(auth.IsCurrent(first));
        await users.UpdateAsync(UsersHost.Address("ada@example.org"), Ptt.Web.Http.Precondition.Any, "t", "user.patch", u => (u with { SendAs = ["x@example.org"] }, []), default);
        Assert.False(auth.IsCurrent(first));

        Login second = await LogInAsync("correct horse");
        await host.Services.GetRequiredService<UserCredentials>().SetPasswordAsync(UsersHost.Address("ada@example.org"), "another password", "t", default);
        Assert.False(auth.IsCurrent(second));
        Assert.False(await host.LogsInAsync("ada@example.org", "correct horse"));

        Login third = await LogInAsync("another password");
        await users.SetEnabledAsync(UsersHost.Address("ada@example.org"), false, "t", default);
        Assert.False(auth.IsCurrent(third));
    }

    [Fact]
    public async Task An_app_password_works_from_its_networks_until_it_expires_or_is_revoked()
    {
        await using ApiHost host = await StartAsync();
        IAuthenticator auth = host.Services.GetRequiredService<IAuthenticator>();
        HttpResponseMessage response = await host.Client().PostAsJsonAsync("/api/v1/users/ada@example.org/app-passwords",
            new { name = "phone", networks = new[] { "198.51.100.0/24" }, expires = host.Time.GetUtcNow().AddDays(1) });
        JsonElement made = await response.Content.ReadFromJsonAsync<JsonElement>();
        (string text, string id) = (made.GetProperty("text").GetString()!, made.GetProperty("appPassword").GetProperty("id").GetString()!);
        IPAddress inside = IPAddress.Parse("198.51.100.3");

        Assert.False(await host.LogsInAsync("ada@example.org", text));
        Login login = ((AuthVerdict.Accepted)await host.TryLogInAsync("ada@example.org", text, inside)).Login;
        Assert.Equal(id, login.AppPasswordId);
        Assert.True(auth.IsCurrent(login));
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client().DeleteAsync($"/api/v1/users/ada@example.org/app-passwords/{id}")).StatusCode);
        Assert.False(auth.IsCurrent(login));
        Assert.False(await host.LogsInAsync("ada@example.org", text, inside));
        Assert.True(await host.LogsInAsync("ada@example.org", "correct horse"));
    }

    [Fact]
    public async Task A_digest_of_the_seed_is_good_for_one_login_and_then_replaced()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        string digest = "BLAKE2b$" + Convert.ToHexStringLower(Blake2b.Hash("old secret"u8));
        await host.CreateAsync(new { address = "ada@example.org", verifier = digest });
        Assert.False(await host.LogsInAsync("ada@example.org", "wrong"));
        TaskCompletionSource changed = new();
        host.Directory().UsersChanged += () => changed.TrySetResult();
        Assert.True(await host.LogsInAsync("ada@example.org", "old secret"));
        await changed.Task.WaitAsync(TimeSpan.FromSeconds(120));

        Assert.StartsWith("SCRAM-SHA-256$", host.Directory().Find(UsersHost.Address("ada@example.org"))!.User.Verifier);
        Assert.True(await host.LogsInAsync("ada@example.org", "old secret"));
    }

    private static async Task<ApiHost> StartAsync()
    {
        ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.CreateAsync(new { address = "ada@example.org", password = "correct horse" });
        return host;
    }
}
