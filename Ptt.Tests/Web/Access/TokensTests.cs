using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Tests.Support;
using Ptt.Web.Access;
using Ptt.Web.Http;

namespace Ptt.Tests.Web.Access;

public sealed class TokensTests
{
    [Fact]
    public async Task A_new_token_opens_what_its_scopes_say_and_nothing_else()
    {
        await using ApiHost host = await StartAsync();
        (_, string text) = await CreateAsync(host, new { name = "queue robot", scopes = new[] { "queue:read" } });

        Assert.Equal(HttpStatusCode.OK, (await host.Client(text).GetAsync("/api/v1/queue")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await host.Client(text).GetAsync("/api/v1/audit")).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("ptt_000000000000_AAAA")]
    [InlineData("ptt__")]
    public async Task Without_a_good_token_the_answer_is_401_with_a_challenge(string token)
    {
        await using ApiHost host = await StartAsync();
        HttpResponseMessage response = await host.Client(token).GetAsync("/api/v1/queue");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("/problems/unauthorized", (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_token_ends_when_it_is_revoked_or_expires()
    {
        await using ApiHost host = await StartAsync();
        (string id, string text) = await CreateAsync(host, new { name = "a", scopes = new[] { "queue:read" } });
        (_, string brief) = await CreateAsync(host, new { name = "b", scopes = new[] { "queue:read" }, expires = host.Time.GetUtcNow().AddHours(1) });
        Assert.Equal(HttpStatusCode.OK, (await host.Client(brief).GetAsync("/api/v1/queue")).StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, (await host.Client().DeleteAsync($"/api/v1/tokens/{id}")).StatusCode);
        host.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Client(text).GetAsync("/api/v1/queue")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Client(brief).GetAsync("/api/v1/queue")).StatusCode);
    }

    [Fact]
    public async Task Tokens_outlive_a_restart_and_their_text_is_stored_nowhere()
    {
        using var directory = new TemporaryDirectory();
        string text;
        await using (ApiHost first = await StartAsync(directory.Path))
        {
            (_, text) = await CreateAsync(first, new { name = "a", scopes = new[] { "queue:read" } });
        }

        foreach (string file in Directory.GetFiles(directory.Path))
        {
            Assert.DoesNotContain(text.Split('_', 3)[2], System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)));
        }

        await using ApiHost second = await StartAsync(directory.Path);
        Assert.Equal(HttpStatusCode.OK, (await second.Client(text).GetAsync("/api/v1/queue")).StatusCode);
    }

    [Fact]
    public async Task Every_fault_of_a_new_token_is_named_by_its_pointer()
    {
        await using ApiHost host = await StartAsync();
        HttpResponseMessage response = await host.Client().PostAsJsonAsync("/api/v1/tokens",
            new { name = "", scopes = new[] { "queue:read", "no:such" }, domains = new[] { "a..b" }, expires = DateTimeOffset.UnixEpoch });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        JsonElement problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(["#/name", "#/scopes/1", "#/domains/0", "#/expires"], problem.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()));
    }

    [Fact]
    public async Task Nobody_gives_a_scope_that_they_do_not_have()
    {
        await using ApiHost host = await StartAsync();
        (_, string text) = await CreateAsync(host, new { name = "a", scopes = new[] { "tokens:write" } });
        HttpResponseMessage response = await host.Client(text).PostAsJsonAsync("/api/v1/tokens", new { name = "b", scopes = new[] { "users:write" } });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
    }

    [Fact]
    public async Task A_token_bound_to_a_domain_gets_only_where_domains_are_minded()
    {
        await using ApiHost host = await StartAsync();
        (_, string text) = await CreateAsync(host, new { name = "a", scopes = new[] { "queue:read", "users:read" }, domains = new[] { "Example.ORG" } });

        Assert.Equal(HttpStatusCode.Forbidden, (await host.Client(text).GetAsync("/api/v1/queue")).StatusCode);
        Assert.Equal("True False", await host.Client(text).GetStringAsync("/api/v1/minded"));
    }

    [Fact]
    public async Task Making_and_revoking_a_token_is_in_the_audit_log()
    {
        await using ApiHost host = await StartAsync();
        (string id, _) = await CreateAsync(host, new { name = "a", scopes = new[] { "queue:read" } });
        await host.Client().DeleteAsync($"/api/v1/tokens/{id}");

        JsonElement first = await host.Client().GetFromJsonAsync<JsonElement>("/api/v1/audit?action=token.&limit=1");
        JsonElement second = await host.Client().GetFromJsonAsync<JsonElement>($"/api/v1/audit?action=token.&limit=1&cursor={first.GetProperty("next").GetString()}");

        Assert.Equal(("token.revoke", id), (Only(first, "action"), Only(first, "subject")));
        Assert.Equal(("token.create", id), (Only(second, "action"), Only(second, "subject")));
    }

    private static string? Only(JsonElement page, string member) => page.GetProperty("items").EnumerateArray().Single().GetProperty(member).GetString();

    private static async Task<(string Id, string Text)> CreateAsync(ApiHost host, object token)
    {
        HttpResponseMessage response = await host.Client().PostAsJsonAsync("/api/v1/tokens", token);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        JsonElement made = await response.Content.ReadFromJsonAsync<JsonElement>();
        return (made.GetProperty("token").GetProperty("id").GetString()!, made.GetProperty("text").GetString()!);
    }

    private static Task<ApiHost> StartAsync(string? directory = null) => ApiHost.StartAsync(directory: directory, map: app =>
    {
        app.MapApi("/queue").MapGet("", () => "queue").RequireAuthorization(Scopes.QueueRead);
        app.MapApi("/minded").MapGet("", (HttpContext http) =>
            $"{http.User.MayActOn(Ptt.Dns.DomainName.Parse("example.org"))} {http.User.MayActOn(Ptt.Dns.DomainName.Parse("example.net"))}")
            .RequireAuthorization(Scopes.UsersRead).AllowDomainBound();
    });
}
