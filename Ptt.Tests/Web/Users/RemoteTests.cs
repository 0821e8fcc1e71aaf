using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Smtp.Sasl;
using Ptt.Tests.Support;
using Ptt.Web.Access;
using Ptt.Web.Alarms;
using Ptt.Web.Http;
using Ptt.Web.Users;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;
using Ptt.Web.Users.InForce;
using Ptt.Web.Users.Sync;

namespace Ptt.Tests.Web.Users;

/// <summary>A bare repository elsewhere, reached by git's own transports.</summary>
public sealed class RemoteTests : IDisposable
{
    private const string Secret = "a secret of sixteen or more";

    private readonly TemporaryDirectory _directory = new();

    private string Bare => _directory.File("remote.git");

    [Fact]
    public async Task What_we_change_is_pushed_and_what_others_push_comes_into_force()
    {
        await using ApiHost host = await StartAsync();
        await host.Client().PostAsJsonAsync("/api/v1/domains", new { domain = "example.org" });
        await host.CreateAsync(new { address = "ada@example.org", password = "correct horse" });
        Assert.Equal(Head(host), UsersHost.Git(Bare, "rev-parse", "main"));

        using Clone clone = Clone.Of(Bare);
        clone.Write("users/example.org/eve.json", UsersHost.File("eve@example.org"));
        clone.Push();
        Assert.True(await host.Store().SyncAsync(default));
        Assert.Equal(2, host.Directory().Now.Users.Count);
        Assert.Equal((Head(host), 0, (string?)null), (host.Store().State.Head, host.Store().State.Pending, host.Store().State.Unreachable));
    }

    [Fact]
    public async Task A_change_that_meets_another_goes_on_top_of_it_and_one_that_was_read_before_is_412_with_both_sides()
    {
        await using ApiHost one = await StartAsync("one"), two = await StartAsync("two");
        await one.Client().PostAsJsonAsync("/api/v1/domains", new { domain = "example.org" });
        await one.CreateAsync(new { address = "ada@example.org" });
        await two.Store().SyncAsync(default);
        string tag = (await two.Client().GetAsync("/api/v1/users/ada@example.org")).Headers.ETag!.Tag;

        await one.Client().PostAsync("/api/v1/users/ada@example.org/disable", null);
        await two.CreateAsync(new { address = "bob@example.org" });   // two had not seen it
        Assert.False(two.Directory().Find(UsersHost.Address("ada@example.org"))!.User.Enabled);

        var patch = new HttpRequestMessage(HttpMethod.Patch, "/api/v1/users/ada@example.org") { Content = new StringContent("{\"displayName\":\"A\"}", Encoding.UTF8, "application/merge-patch+json") };
        patch.Headers.TryAddWithoutValidation("If-Match", tag);
        HttpResponseMessage stale = await two.Client().SendAsync(patch);
        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.StatusCode);
        Assert.False((await stale.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("theirs").GetProperty("enabled").GetBoolean());
    }

    [Fact]
    public async Task A_remote_that_is_down_for_long_stops_no_login_and_loses_no_change()
    {
        await using ApiHost host = await StartAsync("one");
        await host.Client().PostAsJsonAsync("/api/v1/domains", new { domain = "example.org" });
        await host.CreateAsync(new { address = "ada@example.org", password = "correct horse" });
        foreach (string address in new[] { "both@example.org", "torn@example.org" })
        {
            await host.CreateAsync(new { address, targets = new[] { "first@example.net", "second@example.net" } });
        }

        using Clone clone = Clone.Of(Bare);
        Directory.Move(Bare, Bare + ".away");

        await host.CreateAsync(new { address = "bob@example.org", password = "battery staple" });
        await host.Client().PostAsync("/api/v1/users/torn@example.org/disable", null);
        await host.PatchAsync("torn@example.org", new { displayName = "ours" });
        await host.PatchAsync("both@example.org", new { targets = new[] { "first@example.net", "second@example.net", "ours@example.net" } });
        await host.PatchAsync("both@example.org", new { targets = new[] { "second@example.net", "ours@example.net" }, sendAs = new[] { "*@example.org" } });
        await host.Client().PostAsync("/api/v1/users/ada@example.org/disable", null);
        host.Time.Advance(TimeSpan.FromDays(3));
        Assert.True(await host.LogsInAsync("bob@example.org", "battery staple"));
        SyncState down = (await host.Client().GetFromJsonAsync<SyncState>("/api/v1/git", Json))!;
        Assert.Equal(6, down.Pending);
        Assert.NotNull(down.Unreachable);
        Assert.Contains(host.Services.GetRequiredService<IAlarms>().Current, a => a.Name == "git.unreachable");

        Directory.Move(Bare + ".away", Bare);
        clone.Write("users/example.org/eve.json", UsersHost.File("eve@example.org"));
        clone.Write("users/example.org/torn.json", UsersHost.File("torn@example.org", "\"displayName\": \"theirs\""));
        clone.Write("users/example.org/both.json", UsersHost.File("both@example.org", "\"displayName\": \"theirs\", \"targets\": [\"first@example.net\", \"second@example.net\", \"theirs@example.net\"]"));
        clone.Push();
        await host.Store().SyncAsync(default);
        await host.Store().SyncAsync(default);

        Assert.Equal(0, host.Store().State.Pending);
        Assert.Equal(Head(host), UsersHost.Git(Bare, "rev-parse", "main"));
        Assert.Equal("", UsersHost.Git(Bare, "rev-list", "--merges", "main"));
        Assert.NotNull(host.Directory().Find(UsersHost.Address("eve@example.org")));
        Assert.NotNull(host.Directory().Find(UsersHost.Address("bob@example.org")));
        Assert.False(host.Directory().Find(UsersHost.Address("ada@example.org"))!.User.Enabled);

        // Both sides changed one file, but not the same of it: both changes hold.
        User both = host.Directory().Find(UsersHost.Address("both@example.org"))!.User;
        Assert.Equal(("theirs", "*@example.org"), (both.DisplayName, Assert.Single(both.SendAs)));
        Assert.Equal(["second@example.net", "theirs@example.net", "ours@example.net"], both.Targets.Select(t => t.ToString()));

        // Both changed the same: theirs holds in git, and ours is kept aside. That the user was disabled is no part of that quarrel.
        User torn = host.Directory().Find(UsersHost.Address("torn@example.org"))!.User;
        Assert.Equal(("theirs", false), (torn.DisplayName, torn.Enabled));
        Alarm conflict = Assert.Single(host.Services.GetRequiredService<IAlarms>().Current);
        Assert.StartsWith("git.conflict:", conflict.Name);
        Assert.Equal("commit", UsersHost.Git(host.Repository(), "cat-file", "-t", "refs/ptt/conflicts/" + conflict.Name["git.conflict:".Length..]));
    }

    [Fact]
    public async Task A_push_that_got_there_though_nobody_heard_of_it_is_no_change_of_others()
    {
        await using ApiHost host = await StartAsync();
        await host.Client().PostAsJsonAsync("/api/v1/domains", new { domain = "example.org" });
        await host.CreateAsync(new { address = "ada@example.org" });
        Directory.Move(Bare, Bare + ".away");
        await host.PatchAsync("ada@example.org", new { displayName = "one" });
        string heard = Head(host);
        await host.PatchAsync("ada@example.org", new { displayName = "two" });
        Directory.Move(Bare + ".away", Bare);
        UsersHost.Git(host.Repository(), "-c", "protocol.file.allow=always", "push", "-q", "file://" + Bare, $"{heard}:main");
        using Clone clone = Clone.Of(Bare);
        clone.Write("users/example.org/eve.json", UsersHost.File("eve@example.org"));
        clone.Push();

        await host.Store().SyncAsync(default);

        Assert.Empty(host.Services.GetRequiredService<IAlarms>().Current);
        Assert.Equal("two", host.Directory().Find(UsersHost.Address("ada@example.org"))!.User.DisplayName);
        Assert.Equal((Head(host), "5"), (UsersHost.Git(Bare, "rev-parse", "main"), UsersHost.Git(Bare, "rev-list", "--count", "main")));
    }

    [Fact]
    public async Task A_bad_commit_of_the_remote_holds_back_until_it_is_mended_and_logins_go_on()
    {
        await using ApiHost host = await StartAsync();
        await host.Client().PostAsJsonAsync("/api/v1/domains", new { domain = "example.org" });
        using Clone clone = Clone.Of(Bare);
        clone.Write("users/example.org/eve.json", "not a user");
        clone.Push();
        Assert.False(await host.Store().SyncAsync(default));
        await host.CreateAsync(new { address = "ada@example.org", password = "correct horse" });
        Assert.True(await host.LogsInAsync("ada@example.org", "correct horse"));
        Assert.Equal(1, host.Store().State.Pending);

        clone.Write("users/example.org/eve.json", UsersHost.File("eve@example.org"));
        clone.Push();
        Assert.True(await host.Store().SyncAsync(default));
        Assert.Empty(host.Services.GetRequiredService<IAlarms>().Current);
        Assert.Equal(Head(host), UsersHost.Git(Bare, "rev-parse", "main"));
        Assert.Equal(2, host.Directory().Now.Users.Count);
    }

    [Fact]
    public async Task Rewritten_history_is_refused_until_an_administrator_takes_it()
    {
        await using ApiHost host = await StartAsync();
        await host.Client().PostAsJsonAsync("/api/v1/domains", new { domain = "example.org" });
        await host.CreateAsync(new { address = "ada@example.org" });
        using Clone clone = Clone.Of(Bare);
        UsersHost.Git(clone.Path, "reset", "-q", "--hard", "HEAD~1");
        clone.Write("users/example.org/eve.json", UsersHost.File("eve@example.org"));
        string forced = clone.Push(force: true);
        Assert.False(await host.Store().SyncAsync(default));
        Assert.NotNull(host.Directory().Find(UsersHost.Address("ada@example.org")));

        Assert.Equal(HttpStatusCode.OK, (await host.Client().PostAsync($"/api/v1/git/accept/{forced}", null)).StatusCode);
        Assert.Null(host.Directory().Find(UsersHost.Address("ada@example.org")));
        await host.CreateAsync(new { address = "bob@example.org" });
        Assert.Equal(Head(host), UsersHost.Git(Bare, "rev-parse", "main"));
    }

    [Fact]
    public async Task Only_commits_with_an_allowed_signature_come_in_and_ours_carry_one()
    {
        string person = Key("person"), server = Key("server"), stranger = Key("stranger");
        await using ApiHost host = await StartAsync(settings:
        [
            ("Ptt:Users:RequireSignedCommits", "true"), ("Ptt:Users:SigningKey", File.ReadAllText(server)),
            ("Ptt:Users:AllowedSigners", $"person@example.org {File.ReadAllText(person + ".pub")}ptt@example.org {File.ReadAllText(server + ".pub")}"),
        ]);
        await host.Client().PostAsJsonAsync("/api/v1/domains", new { domain = "example.org" });
        await using ApiHost other = await StartAsync("other", [("Ptt:Users:RequireSignedCommits", "true"), ("Ptt:Users:AllowedSigners", "ptt@example.org " + File.ReadAllText(server + ".pub"))]);
        Assert.Single(other.Directory().All);   // our own commit passes elsewhere

        using Clone clone = Clone.Of(Bare);
        foreach ((string? key, bool good) in new[] { (null, false), (stranger, false), (person, true) })
        {
            clone.Reset();
            clone.Write("users/example.org/eve.json", UsersHost.File("eve@example.org"));
            UsersHost.Git(clone.Path, "add", "-A");
            UsersHost.Git(clone.Path, ["-c", "gpg.format=ssh", "-c", "user.signingKey=" + key, "commit", "-q", "-m", "x", .. key is null ? Array.Empty<string>() : ["-S"]]);
            UsersHost.Git(clone.Path, "push", "-q", "--force", "origin", "HEAD:main");
            Assert.Equal(good, await host.Store().SyncAsync(default));
            if (!good)
            {
                UsersHost.Git(Bare, "update-ref", "refs/heads/main", Head(host));
            }
        }
    }

    [Theory]
    [InlineData("github", true)]
    [InlineData("gitea", true)]
    [InlineData("gitlab", true)]
    [InlineData("standard", true)]
    [InlineData("wrong", false)]
    [InlineData("late", false)]
    [InlineData("none", false)]
    public async Task The_hook_is_for_who_knows_the_secret(string forge, bool good)
    {
        await using ApiHost host = await StartAsync(settings: [("Ptt:Users:WebhookSecret", Secret)]);
        byte[] body = "{\"ref\":\"refs/heads/main\"}"u8.ToArray();
        string Mac(byte[] key, byte[] text) => Convert.ToHexStringLower(HMACSHA256.HashData(key, text));
        byte[] secret = Encoding.UTF8.GetBytes(Secret);
        long now = host.Time.GetUtcNow().ToUnixTimeSeconds() - (forge == "late" ? 600 : 0);
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/git/hook") { Content = new ByteArrayContent(body) };
        (string, string)[] headers = forge switch
        {
            "github" => [("X-Hub-Signature-256", "sha256=" + Mac(secret, body))],
            "gitea" => [("X-Gitea-Signature", Mac(secret, body))],
            "gitlab" => [("X-Gitlab-Token", Secret)],
            "standard" or "late" => [("webhook-id", "m1"), ("webhook-timestamp", $"{now}"),
                ("webhook-signature", "v1,xxxx v1," + Convert.ToBase64String(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"m1.{now}.{Encoding.UTF8.GetString(body)}"))))],
            "wrong" => [("X-Hub-Signature-256", "sha256=" + Mac("another"u8.ToArray(), body))],
            _ => [],
        };
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        Assert.Equal(good ? HttpStatusCode.Accepted : HttpStatusCode.Unauthorized, (await host.Client("").SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task After_the_hook_a_pushed_user_logs_in_without_waiting_for_the_poll()
    {
        await using ApiHost host = await StartAsync(settings: [("Ptt:Users:WebhookSecret", Secret)]);
        await host.Client().PostAsJsonAsync("/api/v1/domains", new { domain = "example.org" });
        using Clone clone = Clone.Of(Bare);
        clone.Write("users/example.org/eve.json", UsersHost.File("eve@example.org", $"\"verifier\": \"{ScramVerifier.Create("from elsewhere", 4096)}\""));
        clone.Push();
        TaskCompletionSource changed = new();
        host.Directory().UsersChanged += () => changed.TrySetResult();
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/git/hook");
        request.Headers.TryAddWithoutValidation("X-Gitlab-Token", Secret);
        await host.Client("").SendAsync(request);
        await changed.Task.WaitAsync(TimeSpan.FromSeconds(120));

        Assert.True(await host.LogsInAsync("eve@example.org", "from elsewhere"));
    }

    [Theory]
    [InlineData("commit")]
    [InlineData("pushing")]
    [InlineData("pushed")]
    [InlineData("refs")]
    [InlineData("cache")]
    public async Task A_death_between_two_steps_of_a_revocation_leaves_no_way_in(string step)
    {
        string data = _directory.File("data");
        await using (ApiHost first = await StartAsync("data", [("Ptt:Users:ProtectedRoles:0", "admin")]))
        {
            await first.Client().PostAsJsonAsync("/api/v1/domains", new { domain = "example.org" });
            await first.CreateAsync(new { address = "ada@example.org", password = "correct horse", roles = new[] { "admin" } });
            await first.CreateAsync(new { address = "bob@example.org", password = "battery staple", roles = new[] { "admin" } });
            first.Services.GetRequiredService<WriteSteps>().Reached = s => _ = s == step ? throw new DeadException() : 0;
            await Assert.ThrowsAsync<DeadException>(async () =>
                await first.Services.GetRequiredService<UserService>().SetEnabledAsync(UsersHost.Address("ada@example.org"), false, "t", default));
            Assert.False(await first.LogsInAsync("ada@example.org", "correct horse"));
            Assert.True(await first.LogsInAsync("bob@example.org", "battery staple"));
        }

        await using ApiHost second = await StartAsync("data", [("Ptt:Users:ProtectedRoles:0", "admin")]);
        Assert.False(await second.LogsInAsync("ada@example.org", "correct horse"));
        await second.Store().SyncAsync(default);
        await second.Services.GetRequiredService<UserRevocation>().FinishAsync(default);

        Assert.Empty(second.Services.GetRequiredService<Denials>().All);
        Assert.False(second.Directory().Find(UsersHost.Address("ada@example.org"))!.User.Enabled);
        Assert.Equal(second.Directory().Now.Commit, UsersHost.Git(Bare, "rev-parse", "main"));
        Assert.Contains("\"enabled\": false", UsersHost.Git(Bare, "show", "main:users/example.org/ada.json"));
        Assert.Empty(second.Services.GetRequiredService<IAlarms>().Current);
        Assert.True(await second.LogsInAsync("bob@example.org", "battery staple"));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("git")]
    [InlineData("ssh")]
    [InlineData("http")]
    public async Task It_works_over_every_transport_of_git(string transport)
    {
        await using GitServer server = await GitServer.StartAsync(transport, Bare, _directory);
        Init();
        await using ApiHost host = await ApiHost.StartAsync(b => b.AddUsers(), a => a.MapUsers(), _directory.File("data"), null, [
            ("Ptt:Users:Repository", server.Url), ("Ptt:Users:PollInterval", "1.00:00:00"), .. server.Settings]);
        Assert.Equal(HttpStatusCode.Created, (await host.Client().PostAsJsonAsync("/api/v1/domains", new { domain = "example.org" })).StatusCode);
        Assert.Null(host.Store().State.Unreachable);
        Assert.Equal(host.Directory().Now.Commit, UsersHost.Git(Bare, "rev-parse", "main"));

        using Clone clone = Clone.Of(Bare);
        clone.Write("users/example.org/eve.json", UsersHost.File("eve@example.org"));
        clone.Push();
        Assert.True(await host.Store().SyncAsync(default));
        Assert.NotNull(host.Directory().Find(UsersHost.Address("eve@example.org")));
    }

    public void Dispose() => _directory.Dispose();

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private static string Head(ApiHost host) => host.Directory().Now.Commit!;

    private string Key(string name)
    {
        string path = _directory.File(name);
        using var keygen = System.Diagnostics.Process.Start("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path]);
        keygen.WaitForExit();
        return path;
    }

    private void Init()
    {
        if (!Directory.Exists(Bare))
        {
            UsersHost.Git("/", "init", "-q", "--bare", "-b", "main", Bare);
        }
    }

    private Task<ApiHost> StartAsync(string data = "data", params (string, string)[] settings)
    {
        Init();
        return UsersHost.StartAsync(_directory.File(data), settings: [("Ptt:Users:Repository", "file://" + Bare), ("Ptt:Users:PollInterval", "1.00:00:00"), .. settings]);
    }

    private sealed class DeadException : Exception;
}
