using Microsoft.Extensions.DependencyInjection;
using Ptt.Dns;
using Ptt.Tests.Support;
using Ptt.Web.Alarms;
using Ptt.Web.Domains;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;
using Ptt.Web.Users.InForce;

namespace Ptt.Tests.Web.Users;

public sealed class UserStoreTests
{
    [Fact]
    public async Task Users_outlive_a_restart_and_the_loss_or_damage_of_the_cache()
    {
        using var directory = new TemporaryDirectory();
        await using (ApiHost first = await UsersHost.StartWithDomainAsync(directory.Path))
        {
            await first.CreateAsync(new { address = "ada@example.org", password = "correct horse" });
        }

        string cache = directory.File(UserCache.FileName);
        Action[] damages = [() => { }, () => File.Delete(cache), () => File.WriteAllText(cache, "not a database, but longer than the header of one, which has a hundred octets ......................"),
            () => File.WriteAllBytes(cache, [.. File.ReadAllBytes(cache)[..8192], .. new byte[8192]])];
        foreach (Action damage in damages)
        {
            foreach (string beside in new[] { "-wal", "-shm" })
            {
                File.Delete(cache + beside);
            }

            damage();
            await using ApiHost again = await UsersHost.StartAsync(directory.Path);
            Assert.True(await again.LogsInAsync("ada@example.org", "correct horse"));
            Assert.Equal(1, (await again.Services.GetRequiredService<UserService>().ListAsync(new UserQuery(), default)).Total);
        }
    }

    [Fact]
    public async Task What_a_person_pushes_comes_into_force_as_a_whole()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        using Clone clone = Clone.Of(host);
        clone.Write("users/example.org/eve.json", UsersHost.File("eve@example.org"));
        clone.Write("domains/example.net.json", "{\"domain\":\"example.net\"}");
        clone.Write("users/example.net/bob.json", UsersHost.File("bob@example.net"));
        clone.Write("README.md", "hello");
        clone.Push();
        int changes = 0;
        host.Services.GetRequiredService<IOwnDomains>().Changed += () => changes++;

        Assert.True(await host.Store().SyncAsync(default));
        Assert.NotNull(host.Directory().Find(UsersHost.Address("eve@example.org")));
        Assert.True(host.Services.GetRequiredService<IOwnDomains>().Contains(DomainName.Parse("example.net")));
        Assert.Equal(1, changes);

        clone.Pull();
        clone.Delete("users/example.net/bob.json");
        clone.Push();
        Assert.True(await host.Store().SyncAsync(default));
        Assert.Null(host.Directory().Find(UsersHost.Address("bob@example.net")));
    }

    public static TheoryData<string, string, string> BadCommits => new()
    {
        { "users/example.org/eve.json", "{", "is not JSON" },
        { "users/example.org/eve.json", UsersHost.File("mallory@example.org"), "belongs at users/example.org/mallory.json" },
        { "users/example.org/Eve.json", UsersHost.File("eve@example.org"), "belongs at users/example.org/eve.json" },
        { "Users/example.org/eve.json", UsersHost.File("eve@example.org"), "no file of a user" },
        { "users/example.org/sub/eve.json", UsersHost.File("eve@example.org"), "no file of a user" },
        { "users/example.org/eve.txt", "x", "no file of a user" },
        { "users/nowhere.example/eve.json", UsersHost.File("eve@nowhere.example"), "there is no domains/nowhere.example.json" },
        { "users/example.org/eve.json", UsersHost.File("eve@example.org", "\"displayName\": \"" + new string('x', 70_000) + "\""), "is larger than" },
        { "users/example.org/eve.json", UsersHost.File("eve@example.org", "\"roles\": [\"admin\"]"), "grants admin" },
        { "users/example.org/root.json", UsersHost.File("root@example.org", "\"roles\": [\"admin\"]"), "changes the credentials" },
    };

    [Theory]
    [MemberData(nameof(BadCommits))]
    public async Task A_bad_commit_changes_nothing_and_raises_an_alarm(string path, string text, string reason)
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync(settings: [("Ptt:Users:ProtectedRoles:0", "admin")]);
        await host.CreateAsync(new { address = "root@example.org", password = "correct horse", roles = new[] { "admin" } });
        UserSnapshot before = host.Directory().Now;
        using Clone clone = Clone.Of(host);
        clone.Write("users/example.org/good.json", UsersHost.File("good@example.org"));
        clone.Write(path, text);
        string bad = clone.Push();

        Assert.False(await host.Store().SyncAsync(default));
        Assert.Same(before, host.Directory().Now);
        Alarm alarm = Assert.Single(host.Services.GetRequiredService<IAlarms>().Current);
        Assert.Equal("git.refused", alarm.Name);
        Assert.Contains(reason, alarm.Text);
        Assert.Equal(bad, UsersHost.Git(host.Repository(), "rev-parse", "refs/ptt/refused/" + bad[..12]));

        // A good commit on what is in force ends it.
        clone.Reset();
        clone.Write("users/example.org/eve.json", UsersHost.File("eve@example.org"));
        clone.Push();
        Assert.True(await host.Store().SyncAsync(default));
        Assert.Empty(host.Services.GetRequiredService<IAlarms>().Current);
    }

    [Fact]
    public async Task Symbolic_links_and_submodules_are_refused()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        foreach (string mode in new[] { "120000", "160000" })
        {
            using Clone clone = Clone.Of(host);
            string target = mode == "160000" ? UsersHost.Git(clone.Path, "rev-parse", "HEAD") : UsersHost.Git(clone.Path, "rev-parse", "HEAD:domains/example.org.json");
            UsersHost.Git(clone.Path, "update-index", "--add", "--cacheinfo", $"{mode},{target},users/example.org/eve.json");
            clone.Push(add: false);
            Assert.False(await host.Store().SyncAsync(default));
            Assert.Contains(mode == "120000" ? "symbolic link" : "submodule", host.Services.GetRequiredService<IAlarms>().Current[0].Text);
        }
    }

    [Fact]
    public async Task Rewritten_history_is_refused()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.CreateAsync(new { address = "ada@example.org" });
        using Clone clone = Clone.Of(host);
        UsersHost.Git(clone.Path, "reset", "-q", "--hard", "HEAD~1");
        clone.Write("users/example.org/eve.json", UsersHost.File("eve@example.org"));
        clone.Push(force: true);

        Assert.False(await host.Store().SyncAsync(default));
        Assert.NotNull(host.Directory().Find(UsersHost.Address("ada@example.org")));
        Assert.Contains("history was rewritten", host.Services.GetRequiredService<IAlarms>().Current[0].Text);
    }

    [Fact]
    public async Task A_change_of_ours_goes_on_top_of_what_a_person_pushed_meanwhile()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        using Clone clone = Clone.Of(host);
        clone.Write("users/example.org/eve.json", UsersHost.File("eve@example.org"));
        clone.Push();
        await host.CreateAsync(new { address = "ada@example.org" });

        Assert.Equal(2, host.Directory().Now.Users.Count);
        Assert.Equal("Create user ada@example.org\nBy hand\nCreate domain example.org", UsersHost.Git(host.Repository(), "log", "--format=%s", "main"));
    }

    [Fact]
    public async Task A_death_between_commit_and_cache_is_made_up_for_at_the_next_start()
    {
        using var directory = new TemporaryDirectory();
        await using (ApiHost first = await UsersHost.StartWithDomainAsync(directory.Path))
        {
            await first.CreateAsync(new { address = "ada@example.org" });
        }

        byte[] cache = await File.ReadAllBytesAsync(directory.File(UserCache.FileName));
        await using (ApiHost second = await UsersHost.StartAsync(directory.Path, settings: [("Ptt:Users:ProtectedRoles:0", "admin")]))
        {
            await second.CreateAsync(new { address = "bob@example.org", password = "correct horse", roles = new[] { "admin" } });
            await second.Client().DeleteAsync("/api/v1/users/ada@example.org");
        }

        // As if the process had died before the cache was written: our own commit stays in force, whatever it grants.
        await File.WriteAllBytesAsync(directory.File(UserCache.FileName), cache);
        File.Delete(directory.File(UserCache.FileName) + "-wal");
        await using ApiHost third = await UsersHost.StartAsync(directory.Path, settings: [("Ptt:Users:ProtectedRoles:0", "admin")]);
        Assert.True(await third.LogsInAsync("bob@example.org", "correct horse"));
        Assert.Null(third.Directory().Find(UsersHost.Address("ada@example.org")));
        Assert.Equal(1, (await third.Services.GetRequiredService<UserService>().ListAsync(new UserQuery(), default)).Total);
    }

    [Fact]
    public async Task The_first_user_is_made_once()
    {
        await using ApiHost host = await UsersHost.StartAsync();
        UserBootstrap bootstrap = host.Services.GetRequiredService<UserBootstrap>();
        Assert.True(await bootstrap.EnsureAsync("ada@example.test", "sandbox", ["admin"], default));
        Assert.False(await bootstrap.EnsureAsync("ada@example.test", "other", ["admin"], default));
        Assert.True(await host.LogsInAsync("ada@example.test", "sandbox"));
        Assert.Equal(1, host.Directory().Now.Administrators);
    }
}

/// <summary>A person's clone of the users' repository.</summary>
internal sealed class Clone(TemporaryDirectory directory) : IDisposable
{
    public string Path => directory.File("clone");

    public static Clone Of(ApiHost host) => Of(host.Repository());

    public static Clone Of(string remote)
    {
        var clone = new Clone(new TemporaryDirectory());
        UsersHost.Git("/", "clone", "-q", remote, clone.Path);
        return clone;
    }

    public void Write(string path, string text)
    {
        string file = System.IO.Path.Combine(Path, path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public void Delete(string path) => File.Delete(System.IO.Path.Combine(Path, path));

    public string Push(bool add = true, bool force = false)
    {
        if (add)
        {
            UsersHost.Git(Path, "add", "-A");
        }

        UsersHost.Git(Path, "commit", "-q", "-m", "By hand");
        UsersHost.Git(Path, ["push", "-q", .. force ? ["--force"] : Array.Empty<string>(), "origin", "HEAD:main"]);
        return UsersHost.Git(Path, "rev-parse", "HEAD");
    }

    public void Pull() => UsersHost.Git(Path, "pull", "-q", "--rebase", "origin", "main");

    public void Reset()
    {
        UsersHost.Git(Path, "fetch", "-q", "origin");
        UsersHost.Git(Path, "reset", "-q", "--hard", "origin/main");
        UsersHost.Git(Path, "clean", "-fdq");
    }

    public void Dispose() => directory.Dispose();
}
