using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Tests.Support;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;
using Xunit.Abstractions;

namespace Ptt.Tests.Web.Users;

/// <summary>
/// A process that changes users is killed with SIGKILL, and every git that it had started with it: between each two steps of a write,
/// and at random moments (<c>PTT_USER_KILLS</c> says how often, <c>PTT_SEED</c> repeats a run). Then the same directory is opened again.
/// </summary>
[Trait("Run", "Long")]
public sealed class UserKillTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string[] Local = ["denied", "commit", "refs", "cache", "allowed"];
    private static readonly string[] Remote = ["denied", "commit", "pushing", "pushed", "refs", "cache", "allowed"];

    private readonly TemporaryDirectory _directory = new();
    private string? _appPassword;

    private string Bare => _directory.File("remote.git");

    private string Data => _directory.File("data");

    public static TheoryData<bool, string, string> Steps
    {
        get
        {
            var steps = new TheoryData<bool, string, string>();
            foreach (string step in Local)
            {
                steps.Add(false, step, "disable");
            }

            foreach (string step in Remote)
            {
                steps.Add(true, step, "disable");
            }

            foreach ((bool remote, string step, string what) in new[]
            {
                (false, "denied", "delete"), (true, "pushed", "delete"), (true, "denied", "revoke"), (false, "commit", "revoke"), (false, "commit", "create"), (false, "refs", "create"), (true, "pushed", "create"),
            })
            {
                steps.Add(remote, step, what);
            }

            return steps;
        }
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Killed_between_two_steps_git_cache_and_deny_list_agree_again(bool remote, string step, string what)
    {
        await PrepareAsync(remote);
        using (Process victim = Start(remote, step, what))
        {
            Assert.Equal("at " + step, await victim.StandardOutput.ReadLineAsync());
            await KillAsync(victim);
        }

        await using ApiHost host = await OpenAsync(remote);

        // From the first moment: what was taken away stays away, whatever git says yet.
        Assert.Equal(what is "create" or "revoke", await host.LogsInAsync("ada@example.org", "correct horse"));
        Assert.Equal(what == "create", await host.LogsInAsync("ada@example.org", _appPassword!));
        Assert.True(await host.LogsInAsync("bob@example.org", "battery staple"));

        await SettleAsync(host, remote);
        User? ada = host.Directory().Find(UsersHost.Address("ada@example.org"))?.User;
        bool created = host.Directory().Find(UsersHost.Address("new@example.org")) is not null;
        Assert.Equal(
            what switch { "delete" => (false, false, false, false), "disable" => (true, false, true, false), "revoke" => (true, true, false, false), _ => (true, true, true, step != "commit") },
            (ada is not null, ada?.Enabled == true, ada?.AppPasswords.Count > 0, created));
    }

    [Fact]
    public async Task Killed_at_random_moments_nothing_that_was_answered_is_lost()
    {
        int kills = int.Parse(Environment.GetEnvironmentVariable("PTT_USER_KILLS") ?? "6", CultureInfo.InvariantCulture);
        int seed = int.Parse(Environment.GetEnvironmentVariable("PTT_SEED") ?? Random.Shared.Next().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        output.WriteLine($"{kills} kills, PTT_SEED={seed}");
        var random = new Random(seed);
        await PrepareAsync(remote: true);
        HashSet<string> made = [], disabled = [];
        for (int i = 0; i < kills; i++)
        {
            using Process victim = Start(remote: true, "stream", "-");
            Assert.Equal("ready", await victim.StandardOutput.ReadLineAsync());
            for (int words = random.Next(1, 30); words > 0; words--)
            {
                Hear(await victim.StandardOutput.ReadLineAsync());
            }

            await Task.Delay(random.Next(0, 60));   // somewhere within the next steps
            await KillAsync(victim);
            while (await victim.StandardOutput.ReadLineAsync() is { } line)
            {
                Hear(line);
            }
        }

        await using ApiHost host = await OpenAsync(remote: true);
        Assert.All(disabled, d => Assert.Null(host.Directory().FindActive(UsersHost.Address(d))));
        await SettleAsync(host, remote: true);
        Assert.All(made, m => Assert.NotNull(host.Directory().Find(UsersHost.Address(m))));
        Assert.All(disabled, d => Assert.False(host.Directory().Find(UsersHost.Address(d))!.User.Enabled));
        output.WriteLine($"{made.Count} made, {disabled.Count} disabled, {host.Directory().Now.Users.Count} there");
        Assert.True(made.Count >= kills, "The victim did nothing.");

        void Hear(string? line) => _ = line?[0] switch { 'C' => made.Add(line[2..]), 'D' => disabled.Add(line[2..]), _ => false };
    }

    public void Dispose() => _directory.Dispose();

    private async Task PrepareAsync(bool remote)
    {
        if (remote)
        {
            UsersHost.Git("/", "init", "-q", "--bare", "-b", "main", Bare);
        }

        await using ApiHost host = await OpenAsync(remote);
        await host.Client().PostAsJsonAsync("/api/v1/domains", new { domain = "example.org" });
        await host.CreateAsync(new { address = "ada@example.org", password = "correct horse" });
        await host.CreateAsync(new { address = "bob@example.org", password = "battery staple" });
        Change<MadeAppPassword> app = await host.Services.GetRequiredService<UserCredentials>().AddAppPasswordAsync(UsersHost.Address("ada@example.org"), new NewAppPassword("phone"), "t", default);
        _appPassword = Assert.IsType<Change<MadeAppPassword>.Done>(app).Value.Text;
    }

    private Task<ApiHost> OpenAsync(bool remote) =>
        UsersHost.StartAsync(Data, settings: [("Ptt:Users:PollInterval", "1.00:00:00"), .. remote ? [("Ptt:Users:Repository", "file://" + Bare)] : Array.Empty<(string, string)>()]);

    private Process Start(bool remote, string step, string what)
    {
        string configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        string victim = Path.Combine(Repository.Root, "Ptt.Bench", "bin", configuration, "net10.0", "Ptt.Bench.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [victim, "users-victim", Data, remote ? "file://" + Bare : "-", step, what]) { RedirectStandardOutput = true })!;
    }

    private static async Task KillAsync(Process victim)
    {
        victim.Kill(entireProcessTree: true);
        await victim.WaitForExitAsync();
    }

    /// <summary>What the worker does at its first round; then everything must agree.</summary>
    private async Task SettleAsync(ApiHost host, bool remote)
    {
        await host.Store().SyncAsync(default);
        await host.Services.GetRequiredService<UserRevocation>().FinishAsync(default);
        Assert.Empty(host.Services.GetRequiredService<Denials>().All);
        Assert.Equal(0, host.Store().State.Pending);
        string head = UsersHost.Git(host.Repository(), "rev-parse", "refs/heads/main");
        UserSnapshot now = host.Directory().Now, cached = (await host.Services.GetRequiredService<UserCache>().LoadAsync(default))!;
        Assert.Equal((head, head, head), (now.Commit, cached.Commit, UsersHost.Git(remote ? Bare : host.Repository(), "rev-parse", "main")));
        Assert.Equal("", UsersHost.Git(host.Repository(), "rev-list", "--merges", "main"));
        Dictionary<string, string> files = UsersHost.Git(host.Repository(), "ls-tree", "-r", "main", "users/").Split('\n').Select(l => l.Split('\t', ' '))
            .ToDictionary(f => f[3], f => f[2]);
        foreach (UserSnapshot snapshot in new[] { now, cached })
        {
            Assert.Equal(files.OrderBy(f => f.Key, StringComparer.Ordinal),
                snapshot.Users.Values.Select(u => KeyValuePair.Create(Addresses.FileOf(u.User.Address), u.Version)).OrderBy(f => f.Key, StringComparer.Ordinal));
        }
    }
}
