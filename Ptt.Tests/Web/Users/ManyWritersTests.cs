using System.Globalization;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Mail;
using Ptt.Tests.Support;
using Ptt.Web.Alarms;
using Ptt.Web.Http;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;

namespace Ptt.Tests.Web.Users;

/// <summary>Two servers and a person change one repository at the same time, over git's own servers.</summary>
public sealed class ManyWritersTests : IDisposable
{
    private const int Creates = 150, Appends = 20, ByHand = 160;

    private readonly TemporaryDirectory _directory = new();

    private string Bare => _directory.File("remote.git");

    [Fact]
    [Trait("Run", "Long")]
    public async Task Five_hundred_changes_at_once_over_http_and_ssh_lose_nothing_and_make_a_line()
    {
        UsersHost.Git("/", "init", "-q", "--bare", "-b", "main", Bare);
        await using GitServer http = await GitServer.StartAsync("http", Bare, _directory), ssh = await GitServer.StartAsync("ssh", Bare, _directory);
        await using ApiHost one = await StartAsync("one", http), two = await StartAsync("two", ssh);
        await one.Client().PostAsJsonAsync("/api/v1/domains", new { domain = "example.org" });
        await one.CreateAsync(new { address = "shared@example.org" });
        await two.Store().SyncAsync(default);

        await Task.WhenAll(WriteAsync(one, "one"), WriteAsync(two, "two"), Task.Run(() => WriteByHand(http)));
        for (int i = 0; i < 2; i++)
        {
            await one.Store().SyncAsync(default);   // what was kept while the other was faster goes out
            await two.Store().SyncAsync(default);
        }

        // Said first: where something was put aside, this tells what.
        Assert.Empty(new[] { one, two }.SelectMany(h => h.Services.GetRequiredService<IAlarms>().Current).Select(a => a.Text));
        string head = UsersHost.Git(Bare, "rev-parse", "main");
        Assert.Equal("", UsersHost.Git(Bare, "rev-list", "--merges", "main"));
        Assert.Equal(2 + (2 * (Creates + Appends)) + ByHand, int.Parse(UsersHost.Git(Bare, "rev-list", "--count", "main"), CultureInfo.InvariantCulture));
        string[] wanted = [.. Names("one", Creates), .. Names("two", Creates), .. Names("person", ByHand), "shared@example.org"];
        Dictionary<string, string> files = UsersHost.Git(Bare, "ls-tree", "-r", "main", "users/").Split('\n').Select(l => l.Split('\t', ' '))
            .ToDictionary(f => Path.GetFileNameWithoutExtension(f[3]) + "@example.org", f => f[2]);
        Assert.Equal(wanted.Order(StringComparer.Ordinal), files.Keys.Order(StringComparer.Ordinal));
        foreach (ApiHost host in new[] { one, two })
        {
            Assert.Equal(head, host.Directory().Now.Commit);
            UserSnapshot cached = (await host.Services.GetRequiredService<UserCache>().LoadAsync(default))!;
            Assert.Equal(head, cached.Commit);
            Assert.Equal(files.OrderBy(f => f.Key, StringComparer.Ordinal), cached.Users.Select(u => KeyValuePair.Create(u.Key, u.Value.Version)).OrderBy(f => f.Key, StringComparer.Ordinal));

            // Both changed one file, each reading what the other had written.
            Assert.Equal(Names("t-one", Appends).Concat(Names("t-two", Appends)).Order(StringComparer.Ordinal),
                cached.Users["shared@example.org"].User.Targets.Select(t => t.ToString()).Order(StringComparer.Ordinal));
        }
    }

    public void Dispose() => _directory.Dispose();

    private static IEnumerable<string> Names(string name, int count) => Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{name}{i}@example.org"));

    private Task<ApiHost> StartAsync(string data, GitServer server) => UsersHost.StartAsync(
        _directory.File(data), settings: [("Ptt:Users:Repository", server.Url), ("Ptt:Users:PollInterval", "1.00:00:00"), ("Ptt:Http:RequestsPerMinute", "0"), .. server.Settings]);

    private static async Task WriteAsync(ApiHost host, string name)
    {
        UserService users = host.Services.GetRequiredService<UserService>();
        var together = new ParallelOptions { MaxDegreeOfParallelism = 8 };
        Task creating = Parallel.ForEachAsync(Names(name, Creates), together, async (address, _) => await host.CreateAsync(new { address }));
        foreach (string target in Names("t-" + name, Appends))
        {
            Assert.IsType<Change<StoredUser>.Done>(await users.UpdateAsync(UsersHost.Address("shared@example.org"), Precondition.Any, "t", "user.patch",
                user => (user with { Targets = [.. user.Targets, Mailbox.Parse(target)] }, []), default));
        }

        await creating;
    }

    // A commit for each change; pulled and pushed after a few, as people do.
    private void WriteByHand(GitServer server)
    {
        string clone = _directory.File("clone");
        UsersHost.Git("/", [.. server.ForPeople, "clone", "-q", server.Url, clone]);
        foreach ((int i, string address) in Names("person", ByHand).Index())
        {
            System.IO.File.WriteAllText(Path.Combine(clone, Addresses.FileOf(UsersHost.Address(address))), UsersHost.File(address));
            UsersHost.Git(clone, "add", "-A");
            UsersHost.Git(clone, "commit", "-q", "-m", "By hand");
            for (int attempt = 0; i % 4 == 3; attempt++)
            {
                try
                {
                    UsersHost.Git(clone, [.. server.ForPeople, "pull", "-q", "--rebase", "origin", "main"]);
                    UsersHost.Git(clone, [.. server.ForPeople, "push", "-q", "origin", "HEAD:main"]);
                    break;
                }
                catch (InvalidOperationException) when (attempt < 200)
                {
                    // Someone was faster.
                }
            }
        }
    }
}
