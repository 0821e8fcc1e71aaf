using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Smtp.Sasl;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;
using Ptt.Web.Users.InForce;
using Ptt.Web.Users.Sync;

/// <summary>
/// The users' room with very many users: a cache drawn from git, one changed file that a push and its webhook bring, a batch of 1,000,
/// logins, searches, memory. The repository is made by git itself and lies beside, as a remote would.
/// </summary>
internal static class UsersBench
{
    private const string Secret = "a secret of sixteen or more";
    private const string Password = "correct horse";
    private const int Known = 1000;

    private static TimeSpan _cpu;
    private static int _domains = 1;

    public static async Task<int> RunAsync(string[] arguments)
    {
        int count = arguments is [{ } text, ..] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int asked) ? asked : 100_000;
        _domains = arguments is [_, { } some, ..] && int.TryParse(some, NumberStyles.None, CultureInfo.InvariantCulture, out int domains) && domains > 0 ? domains : 1;
        string root = Directory.CreateTempSubdirectory("ptt-users-").FullName;
        try
        {
            await MeasureAsync(root, count);
            return 0;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task MeasureAsync(string root, int count)
    {
        string verifier = ScramVerifier.Create(Password, 4096).ToString();
        using var remote = new UserGit(new GitCommand(Path.Combine(root, "remote.git"), TimeSpan.FromMinutes(5)), "bench@example.org");
        await remote.EnsureAsync("main", default);
        long started = Begin();
        await UsersRepository.FillAsync(remote.Command, [.. Enumerable.Range(0, _domains).Select(Domain), .. Enumerable.Range(0, count).Select(i => File(i, i < Known ? ScramVerifier.Create(Password, 4096).ToString() : verifier))]);
        Say($"{count:N0} users in {_domains} domains written to git", started);

        (string, string)[] settings =
        [
            ("Ptt:Users:Repository", "file://" + Path.Combine(root, "remote.git")), ("Ptt:Users:WebhookSecret", Secret), ("Ptt:Users:Iterations", "4096"),
        ];
        started = Begin();
        await using (WebApplication first = UsersRoom.Build(Path.Combine(root, "data"), settings))
        {
            await first.Services.GetRequiredService<UserStore>().StartAsync(default);
            Say("first start: fetched, cache drawn from git", started);
        }

        foreach (string part in Directory.GetFiles(Path.Combine(root, "data"), UserCache.FileName + "*"))
        {
            System.IO.File.Delete(part);
        }

        started = Begin();
        await using (WebApplication second = UsersRoom.Build(Path.Combine(root, "data"), settings))
        {
            await second.Services.GetRequiredService<UserStore>().StartAsync(default);
            Say("full rebuild of a lost cache", started);
        }

        started = Begin();
        await using WebApplication app = UsersRoom.Build(Path.Combine(root, "data"), settings);
        await app.StartAsync();
        Say("start with the cache", started);
        Collect();
        Console.WriteLine($"{"memory: live objects",-52} {GC.GetTotalMemory(false) / 1048576.0,9:N0} MiB (working set {Environment.WorkingSet / 1048576.0:N0})");
        await app.Services.GetRequiredService<UserStore>().SyncAsync(default);

        await PushesAsync("one changed file, from webhook to AUTH: median", app, remote, verifier, await FloorAsync(root));
        await LocalAsync(root, remote, verifier);
        await BatchAsync(app);
        await LoginsAsync(app, count);
        await SearchesAsync(app, count);
    }

    // A mirror beside ours that does nothing but fetch what ours fetches: less time than git takes for that nobody can take.
    private static async Task<GitCommand> FloorAsync(string root)
    {
        var floor = new GitCommand(Path.Combine(root, "floor.git"), TimeSpan.FromMinutes(5));
        using var git = new UserGit(floor, "bench@example.org");
        await git.EnsureAsync("main", default);
        await FetchAsync(floor, root);
        return floor;
    }

    private static Task FetchAsync(GitCommand git, string root) =>
        git.RunAsync(["-c", "core.looseCompression=0", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "file://" + Path.Combine(root, "remote.git"), "+refs/heads/main:refs/ptt/remote"]);

    // The repository itself is ours, as without a remote: people push to it, and its hook calls ours.
    private static async Task LocalAsync(string root, UserGit remote, string verifier)
    {
        await using WebApplication app = UsersRoom.Build(
            Path.Combine(root, "local"), [("Ptt:Users:Repository", Path.Combine(root, "remote.git")), ("Ptt:Users:WebhookSecret", Secret), ("Ptt:Users:Iterations", "4096")]);
        await app.StartAsync();
        await app.Services.GetRequiredService<UserStore>().SyncAsync(default);
        await PushesAsync("the same where the repository is ours: median", app, remote, verifier, null);
    }

    // A commit of someone else lies in the repository; from the call of the hook to the login that it allows.
    private static async Task PushesAsync(string what, WebApplication app, UserGit remote, string verifier, GitCommand? floor)
    {
        IAuthenticator authenticator = app.Services.GetRequiredService<IAuthenticator>();
        using HttpClient client = Client(app);
        List<double> took = [], fetched = [];
        for (int i = 0; i < 15; i++)
        {
            string address = string.Create(CultureInfo.InvariantCulture, $"new{i}{(floor is null ? "-local" : "")}@{DomainOf(0)}");
            User user = new() { Address = Mailbox.Parse(address), Verifier = verifier };
            await CommitAsync(remote, await remote.ResolveAsync("refs/heads/main", default), [new FileChange(Addresses.FileOf(user.Address), UserFile.Write(user))]);
            long started = Begin();
            if (floor is not null)
            {
                await FetchAsync(floor, Path.GetDirectoryName(floor.Repository)!);
                fetched.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            started = Begin();
            using var hook = new HttpRequestMessage(HttpMethod.Post, "/api/v1/git/hook");
            hook.Headers.TryAddWithoutValidation("X-Gitlab-Token", Secret);
            using HttpResponseMessage answer = await client.SendAsync(hook);
            answer.EnsureSuccessStatusCode();
            while (app.Services.GetRequiredService<UserDirectory>().Find(user.Address) is null)
            {
                await Task.Delay(1);
            }

            if (await authenticator.VerifyPasswordAsync(address, Password, IPAddress.Loopback, default) is not AuthVerdict.Accepted)
            {
                throw new InvalidOperationException("the new user does not come in");
            }

            took.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        Median(what, took);
        if (floor is not null)
        {
            Median("  of that git fetch, measured alone: median", fetched);
        }
    }

    private static void Median(string what, List<double> took)
    {
        took.Sort();
        Console.WriteLine($"{what,-52} {took[took.Count / 2],9:N0} ms (fastest {took[0]:N0}, slowest {took[^1]:N0})");
    }

    private static async Task BatchAsync(WebApplication app)
    {
        using HttpClient client = Client(app);
        for (int round = 0; round < 2; round++)
        {
            bool passwords = round == 1;
            long started = Begin();
            using HttpResponseMessage made = await client.PostAsJsonAsync("/api/v1/users/batch", new
            {
                users = Enumerable.Range(0, 1000).Select(i => new { address = $"batch{round}-{i}@{DomainOf(i)}", displayName = "Batch", password = passwords ? Password : null }),
            });
            made.EnsureSuccessStatusCode();
            Say(passwords ? "batch create of 1,000 with passwords (4,096 rounds)" : "batch create of 1,000", started);
        }
    }

    private static async Task LoginsAsync(WebApplication app, int count)
    {
        IAuthenticator authenticator = app.Services.GetRequiredService<IAuthenticator>();
        UserDirectory directory = app.Services.GetRequiredService<UserDirectory>();
        long started = Begin();
        const int Lookups = 1_000_000;
        Mailbox[] known = [.. Enumerable.Range(0, Math.Min(Known, count)).Select(i => Mailbox.Parse(Address(i)))];
        for (int i = 0; i < Lookups; i++)
        {
            _ = directory.FindActive(known[i % known.Length]);
        }

        Rate("lookups of a user", Lookups, started);
        foreach ((string name, int rounds) in new[] { ("AUTH, each user's first (one derivation of 4,096 rounds)", 1), ("AUTH again within five minutes", 100) })
        {
            started = Begin();
            await Parallel.ForEachAsync(Enumerable.Range(0, known.Length * rounds), async (i, stop) =>
            {
                if (await authenticator.VerifyPasswordAsync(known[i % known.Length].ToString(), Password, new IPAddress([10, (byte)(i >> 8), (byte)i, 1]), stop) is not AuthVerdict.Accepted)
                {
                    throw new InvalidOperationException("refused");
                }
            });
            Rate(name, known.Length * rounds, started);
        }
    }

    private static async Task SearchesAsync(WebApplication app, int count)
    {
        using HttpClient client = Client(app);
        foreach ((string name, string path) in new[]
        {
            ("page of 50 by name, searched", "/api/v1/users?search=number&sort=displayName&limit=50"),
            ("SCIM: userName eq", $"/scim/v2/Users?filter=userName eq \"{Address(count / 2)}\""),
            ("SCIM: externalId eq (none)", "/scim/v2/Users?filter=externalId eq \"x\""),
            ("SCIM: emails eq", $"/scim/v2/Users?filter=emails.value eq \"{Address(count / 3)}\""),
            ("SCIM: userName sw, active eq true, page of 100", "/scim/v2/Users?filter=userName sw \"user1\" and active eq true&count=100"),
            ("SCIM: page of 100 far behind", $"/scim/v2/Users?startIndex={count - 200}&count=100"),
        })
        {
            using HttpResponseMessage warm = await client.GetAsync(path);
            warm.EnsureSuccessStatusCode();
            long started = Begin();
            using HttpResponseMessage answer = await client.GetAsync(path);
            Say(name, started);
        }
    }

    private static async Task<string> CommitAsync(UserGit git, string? parent, IReadOnlyList<FileChange> files)
    {
        string commit = (await git.CommitAsync(parent, [new NewCommit(files, new Authorship("bench@example.org", "By the benchmark", DateTimeOffset.UtcNow))], default))[0];
        await git.SetAsync("refs/heads/main", commit, default);
        return commit;
    }

    private static string Address(int i) => string.Create(CultureInfo.InvariantCulture, $"user{i}@{DomainOf(i)}");

    private static string DomainOf(int i) => _domains == 1 ? "example.org" : string.Create(CultureInfo.InvariantCulture, $"d{i % _domains}.example.org");

    private static FileChange File(int i, string verifier)
    {
        var user = new User { Address = Mailbox.Parse(Address(i)), DisplayName = string.Create(CultureInfo.InvariantCulture, $"User number {i}"), Verifier = verifier };
        return new FileChange(Addresses.FileOf(user.Address), UserFile.Write(user));
    }

    private static FileChange Domain(int i)
    {
        var domain = new OwnDomain { Domain = DomainName.Parse(DomainOf(i)) };
        return new FileChange(Addresses.FileOf(domain.Domain), UserFile.Write(domain));
    }

    private static HttpClient Client(WebApplication app)
    {
        var client = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", UsersRoom.Token);
        return client;
    }

    private static long Begin()
    {
        _cpu = Process.GetCurrentProcess().TotalProcessorTime;
        return Stopwatch.GetTimestamp();
    }

    private static void Collect()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
    }

    // Beside the time that went by, the processor time of this process: the one depends on what else the machine does.
    private static void Say(string what, long started)
    {
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime - _cpu;
        Console.WriteLine($"{what,-52} {Stopwatch.GetElapsedTime(started).TotalMilliseconds,9:N0} ms  (cpu {cpu.TotalMilliseconds:N0})");
    }

    private static void Rate(string what, int count, long started) => Console.WriteLine($"{what,-52} {count / Stopwatch.GetElapsedTime(started).TotalSeconds,9:N0} a second");
}
