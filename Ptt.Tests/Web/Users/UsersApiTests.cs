using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Ptt.Tests.Support;

namespace Ptt.Tests.Web.Users;

public sealed class UsersApiTests
{
    [Fact]
    public async Task A_user_that_was_created_logs_in_and_lies_in_git_where_its_address_says()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        HttpResponseMessage response = await host.Client().PostAsJsonAsync("/api/v1/users", new { address = "Ada@Example.org", displayName = "Ada Lovelace", password = "correct horse" });

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("/api/v1/users/ada%40example.org", response.Headers.Location?.OriginalString);
        Assert.True(await host.LogsInAsync("ada@example.org", "correct horse"));
        Assert.False(await host.LogsInAsync("ada@example.org", "wrong horse"));
        string file = UsersHost.Git(host.Repository(), "show", "main:users/example.org/ada.json");
        Assert.StartsWith("{\n  \"address\": \"ada@example.org\",\n  \"displayName\": \"Ada Lovelace\",\n  \"enabled\": true,\n  \"roles\": [],\n  \"verifier\": \"SCRAM-SHA-256$4096:", file);
        Assert.Equal("token initial token|Create user ada@example.org", UsersHost.Git(host.Repository(), "log", "-1", "--format=%an|%s"));
        Assert.Equal(response.Headers.ETag?.Tag.Trim('"'), UsersHost.Git(host.Repository(), "rev-parse", "main:users/example.org/ada.json"));
    }

    [Fact]
    public async Task No_answer_and_no_history_holds_a_verifier()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.CreateAsync(new { address = "ada@example.org", password = "correct horse" });
        await host.Client().PostAsJsonAsync("/api/v1/users/ada@example.org/app-passwords", new { name = "phone" });

        foreach (string path in new[] { "", "/ada@example.org", "/ada@example.org/history" })
        {
            Assert.DoesNotContain("SCRAM", await host.Client().GetStringAsync("/api/v1/users" + path));
        }

        Assert.DoesNotContain("SCRAM", await host.Client().GetStringAsync("/api/v1/audit"));
    }

    [Fact]
    public async Task Every_fault_of_a_new_user_is_named_at_once()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        HttpResponseMessage response = await host.Client().PostAsJsonAsync("/api/v1/users",
            new { address = "nobody", enabled = 1, roles = new[] { "?" }, sendAs = new[] { "x" }, limits = new { recipientsPerDay = "many" }, colour = "red" });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Equal(["#/address", "#/colour", "#/enabled", "#/limits/recipientsPerDay", "#/roles/0", "#/sendAs/0"], await PointersAsync(response));
    }

    [Theory]
    [InlineData("x@other.example", "correct horse", "#/address")]
    [InlineData("x@example.org", "short", "#/password")]
    public async Task A_user_of_a_foreign_domain_or_with_a_short_password_is_refused(string address, string password, string pointer)
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        HttpResponseMessage response = await host.Client().PostAsJsonAsync("/api/v1/users", new { address, password });

        Assert.Equal([pointer], await PointersAsync(response));
    }

    [Fact]
    public async Task A_change_needs_the_tag_that_was_read()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.CreateAsync(new { address = "ada@example.org", password = "correct horse" });
        string tag = (await host.Client().GetAsync("/api/v1/users/ada@example.org")).Headers.ETag!.Tag;

        Assert.Equal((HttpStatusCode)428, (await PatchAsync(host, null, """{"displayName":"A"}""")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await PatchAsync(host, tag, """{"displayName":"B"}""")).StatusCode);
        HttpResponseMessage stale = await PatchAsync(host, tag, """{"displayName":"C"}""");
        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.StatusCode);
        Assert.Equal("B", (await stale.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("theirs").GetProperty("displayName").GetString());
        Assert.Equal(HttpStatusCode.OK, (await PatchAsync(host, "*", """{"displayName":null}""")).StatusCode);
        Assert.True(await host.LogsInAsync("ada@example.org", "correct horse"));
    }

    [Fact]
    public async Task What_was_read_can_be_sent_back_whole_and_changes_nothing()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.CreateAsync(new { address = "ada@example.org", password = "correct horse", sendAs = new[] { "*@lists.example.org" }, limits = new { recipientsPerDay = 5 } });
        HttpResponseMessage read = await host.Client().GetAsync("/api/v1/users/ada@example.org");
        var request = new HttpRequestMessage(HttpMethod.Put, "/api/v1/users/ada@example.org") { Content = new StringContent(await read.Content.ReadAsStringAsync(), Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("If-Match", read.Headers.ETag!.Tag);
        HttpResponseMessage written = await host.Client().SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, written.StatusCode);
        Assert.Equal(read.Headers.ETag, written.Headers.ETag);
        Assert.Equal("2", UsersHost.Git(host.Repository(), "rev-list", "--count", "main"));   // the domain, the user
    }

    [Fact]
    public async Task A_disabled_or_deleted_user_is_out_when_the_call_returns()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.CreateAsync(new { address = "ada@example.org", password = "correct horse" });
        await host.CreateAsync(new { address = "bob@example.org", password = "battery staple" });
        Assert.True(await host.LogsInAsync("ada@example.org", "correct horse"));

        await host.Client().PostAsync("/api/v1/users/ada@example.org/disable", null);
        await host.Client().DeleteAsync("/api/v1/users/bob@example.org");

        Assert.False(await host.LogsInAsync("ada@example.org", "correct horse"));
        Assert.False(await host.LogsInAsync("bob@example.org", "battery staple"));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client().GetAsync("/api/v1/users/bob@example.org")).StatusCode);
    }

    [Fact]
    public async Task A_list_is_read_page_by_page_and_shows_every_user_once()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        string[] names = [.. Enumerable.Range(0, 25).Select(i => $"user{i:00}@example.org")];
        HttpResponseMessage made = await host.Client().PostAsJsonAsync("/api/v1/users/batch", new { users = names.Select((n, i) => new { address = n, displayName = $"N{i % 5}" }) });
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);

        foreach (string sort in new[] { "address", "-address", "displayName", "-displayName", "changed", "-changed" })
        {
            List<string> seen = [];
            for (string? cursor = ""; cursor is not null;)
            {
                JsonElement page = await host.Client().GetFromJsonAsync<JsonElement>($"/api/v1/users?sort={sort}&limit=7{(cursor.Length > 0 ? "&cursor=" + cursor : "")}");
                Assert.Equal(25, page.GetProperty("total").GetInt32());
                seen.AddRange(page.GetProperty("items").EnumerateArray().Select(u => u.GetProperty("address").GetString()!));
                cursor = page.GetProperty("next").GetString();
            }

            Assert.Equal(25, seen.Count);
            Assert.Equal(names, seen.Order());
        }

        JsonElement found = await host.Client().GetFromJsonAsync<JsonElement>("/api/v1/users?search=USER1&enabled=true&domain=example.org");
        Assert.Equal(10, found.GetProperty("total").GetInt32());
        Assert.Equal(0, (await host.Client().GetFromJsonAsync<JsonElement>("/api/v1/users?search=%25")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task A_batch_is_one_commit_and_one_fault_refuses_all_of_it()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        HttpResponseMessage refused = await host.Client().PostAsJsonAsync("/api/v1/users/batch",
            new { users = new object[] { new { address = "a@example.org" }, new { address = "b@nowhere.example" }, new { address = "a@example.org" } } });
        Assert.Equal(["#/users/1/address", "#/users/2/address"], await PointersAsync(refused));

        await host.Client().PostAsJsonAsync("/api/v1/users/batch", new { users = Enumerable.Range(0, 300).Select(i => new { address = $"u{i}@example.org" }) });
        Assert.Equal("2", UsersHost.Git(host.Repository(), "rev-list", "--count", "main"));
        Assert.Equal(300, host.Directory().Now.Users.Count);
    }

    [Fact]
    public async Task Who_may_write_users_may_not_make_or_become_an_administrator()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.CreateAsync(new { address = "root@example.org", password = "correct horse", roles = new[] { "admin" } });
        string token = await TokenAsync(host, ["users:read", "users:write"], []);

        Assert.Equal(["#/roles/0"], await PointersAsync(await host.Client(token).PostAsJsonAsync("/api/v1/users", new { address = "x@example.org", roles = new[] { "admin" } })));
        Assert.Equal(HttpStatusCode.Forbidden, (await host.Client(token).PutAsJsonAsync("/api/v1/users/root@example.org/password", new { password = "my own password" })).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await host.Client(token).DeleteAsync("/api/v1/users/root@example.org")).StatusCode);
        Assert.True(await host.LogsInAsync("root@example.org", "correct horse"));
    }

    [Fact]
    public async Task A_token_bound_to_a_domain_sees_and_makes_only_its_users()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.Client().PostAsJsonAsync("/api/v1/domains", new { domain = "example.net" });
        await host.CreateAsync(new { address = "a@example.org" });
        await host.CreateAsync(new { address = "a@example.net" });
        string token = await TokenAsync(host, ["users:read", "users:write"], ["example.net"]);

        Assert.Equal(1, (await host.Client(token).GetFromJsonAsync<JsonElement>("/api/v1/users")).GetProperty("total").GetInt32());
        Assert.Equal(0, (await host.Client(token).GetFromJsonAsync<JsonElement>("/api/v1/users?domain=example.org")).GetProperty("total").GetInt32());
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client(token).GetAsync("/api/v1/users/a@example.org")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client(token).DeleteAsync("/api/v1/users/a@example.org")).StatusCode);
        Assert.Equal(["#/address"], await PointersAsync(await host.Client(token).PostAsJsonAsync("/api/v1/users", new { address = "b@example.org" })));
    }

    [Fact]
    public async Task A_revert_brings_back_what_was_but_not_the_old_password()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.CreateAsync(new { address = "ada@example.org", displayName = "old", password = "first password" });
        string commit = UsersHost.Git(host.Repository(), "rev-parse", "main");
        await PatchAsync(host, "*", """{"displayName":"new","password":"second password"}""");
        HttpResponseMessage response = await host.Client().PostAsync($"/api/v1/users/ada@example.org/revert/{commit}", null);

        Assert.Equal("old", (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("displayName").GetString());
        Assert.False(await host.LogsInAsync("ada@example.org", "first password"));
        Assert.True(await host.LogsInAsync("ada@example.org", "second password"));
        JsonElement history = await host.Client().GetFromJsonAsync<JsonElement>("/api/v1/users/ada@example.org/history");
        Assert.Equal(3, history.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_domain_with_users_stays()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.CreateAsync(new { address = "ada@example.org" });
        Assert.Equal(HttpStatusCode.Conflict, (await host.Client().DeleteAsync("/api/v1/domains/example.org")).StatusCode);
        await host.Client().DeleteAsync("/api/v1/users/ada@example.org");
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client().DeleteAsync("/api/v1/domains/example.org")).StatusCode);
        Assert.Empty(host.Directory().All);
    }

    private static Task<HttpResponseMessage> PatchAsync(ApiHost host, string? tag, string patch)
    {
        var request = new HttpRequestMessage(HttpMethod.Patch, "/api/v1/users/ada@example.org") { Content = new StringContent(patch, new MediaTypeHeaderValue("application/merge-patch+json")) };
        if (tag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", tag);
        }

        return host.Client().SendAsync(request);
    }

    private static async Task<string> TokenAsync(ApiHost host, string[] scopes, string[] domains)
    {
        HttpResponseMessage response = await host.Client().PostAsJsonAsync("/api/v1/tokens", new { name = "t", scopes, domains });
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("text").GetString()!;
    }

    private static async Task<string[]> PointersAsync(HttpResponseMessage response) =>
        [.. (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()!).Order()];
}
