using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;

/// <summary>
/// The list pages over a data directory of a million messages and a hundred thousand users, asked of the whole program in a process of its own, signed in as its
/// administrator: three requests to warm each page, then ten that count. Prints a table for <c>docs/benchmarks.md</c>; exits 1 when a page is past its bound.
/// </summary>
internal static partial class PagesBench
{
    private const int Warm = 3, Counted = 10;
    private const double AtMostList = 200, AtMostFirst = 100;
    private const int AtMostOctets = 300_000;

    private static readonly string[] Lists =
    [
        "/", "/alarms", "/queue", "/queue?sort=accepted", "/queue?state=held", "/queue?destination=d7.test", "/queue?sender=u7%40example.test", "/queue?q=u77", "/queue/destinations",
        "/queue/jobs", "/messages", "/messages?state=deferred", "/messages?address=r777777%40d310.test", "/messages?q=777777", "/messages?q=nothing-has-it", "/users", "/users?sort=-name", "/users?sort=changed",
        "/users?q=0123", "/users?role=support", "/users?state=disabled", "/suppressions", "/webhooks", "/tls-reports", "/domains", "/keys", "/tokens", "/sign-ins", "/audit", "/backups", "/settings", "/account", "/account/mail",
        "/search?q=u77%40example.test", "/search?q=777777", "/search?q=user077777",
    ];

    public static async Task<int> RunAsync(string directory, string[] args)
    {
        int messages = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        int users = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 100_000;
        if (!File.Exists(Path.Combine(directory, "spool.db")))
        {
            await SpoolFill.RunAsync(directory, [messages.ToString(CultureInfo.InvariantCulture)]);
            await UsersAsync(Path.Combine(directory, "users.git"), users);
        }

        int port = FreePort();
        using Process server = Start(directory, port);
        try
        {
            string link = await LinkAsync(server);
            using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(2) };
            await SignInAsync(client, link);
            await QuietAsync(server);
            return await MeasureAsync(client) ? 0 : 1;
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    // What is due at the start is tried or returned first: that is the relay's work, not the pages'.
    private static async Task QuietAsync(Process server)
    {
        for (int n = 0; n < 200; n++)
        {
            TimeSpan before = server.TotalProcessorTime;
            await Task.Delay(TimeSpan.FromSeconds(3));
            server.Refresh();
            if (server.TotalProcessorTime - before < TimeSpan.FromSeconds(0.4))
            {
                return;
            }
        }

        Console.WriteLine("The server is still at work after ten minutes: the figures are taken beside it.");
    }

    private static async Task<bool> MeasureAsync(HttpClient client)
    {
        bool good = true;
        Console.WriteLine("| Page | Median, ms | Slowest of ten, ms | KB |");
        Console.WriteLine("|---|---:|---:|---:|");
        var pages = new List<string>(Lists);
        for (int i = 0; i < pages.Count; i++)
        {
            string page = pages[i];
            var took = new List<double>();
            byte[] body = [];
            for (int n = 0; n < Warm + Counted; n++)
            {
                long began = Stopwatch.GetTimestamp();
                using HttpResponseMessage answer = await client.GetAsync(page, HttpCompletionOption.ResponseHeadersRead);
                double first = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                body = await answer.Content.ReadAsByteArrayAsync();
                if (!answer.IsSuccessStatusCode)
                {
                    throw new InvalidOperationException($"{page}: {(int)answer.StatusCode}");
                }

                if (n >= Warm)
                {
                    took.Add(first);
                }
            }

            took.Sort();
            bool fast = took[Counted / 2] < AtMostFirst && took[^1] < AtMostList && body.Length < AtMostOctets;
            good &= fast;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| `{page}` | {took[Counted / 2]:0.0} | {took[^1]:0.0} | {body.Length / 1000.0:0}{(fast ? "" : " (past its bound)")} |"));

            // The second page of a list, by the address that the first gives it.
            if (NextPage().Match(System.Text.Encoding.UTF8.GetString(body)) is { Success: true } next && !page.Contains("after=", StringComparison.Ordinal))
            {
                pages.Insert(i + 1, WebUtility.HtmlDecode(next.Groups[1].Value));
            }
        }

        return good;
    }

    private static async Task UsersAsync(string repository, int count)
    {
        var git = new GitCommand(repository, TimeSpan.FromMinutes(5));
        await new UserGit(git, "bench@example.org").EnsureAsync("main", default);
        await UsersRepository.FillAsync(git,
        [
            new FileChange("domains/many.example.json", UserFile.Write(new OwnDomain { Domain = DomainName.Parse("many.example") })),
            .. Enumerable.Range(0, count).Select(i => new User
            {
                Address = Mailbox.Parse(string.Create(CultureInfo.InvariantCulture, $"user{i:000000}@many.example")),
                DisplayName = string.Create(CultureInfo.InvariantCulture, $"Person {count - 1 - i:000000}"), Enabled = i % 1000 != 7, Roles = i % 10_000 == 7 ? ["support"] : [],
            }).Select(u => new FileChange(Addresses.FileOf(u.Address), UserFile.Write(u))),
        ]);
    }

    private static Process Start(string directory, int port)
    {
        string[] settings =
        [
            $"--Ptt:DataDirectory={directory}", $"--Ptt:Http:EndPoint=127.0.0.1:{port}", "--Ptt:Hostname=mail.example.test", "--Ptt:Listeners:0:Role=Submission", "--Ptt:Listeners:0:EndPoint=127.0.0.1:0",
            "--Ptt:Listeners:0:Tls=StartTls", "--Ptt:Dns:Resolvers:0=127.0.0.1:1", "--Ptt:Http:RequestsPerMinute=0", "--Logging:LogLevel:Default=Warning", $"--contentRoot={AppContext.BaseDirectory}",
        ];
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet", [Path.Combine(AppContext.BaseDirectory, "Ptt.Web.dll"), .. settings])
        {
            RedirectStandardOutput = true,
        })!;
    }

    // While nobody is an administrator the server prints where one comes in.
    private static async Task<string> LinkAsync(Process server)
    {
        for (string? line; (line = await server.StandardOutput.ReadLineAsync()) is not null;)
        {
            if (line.StartsWith("Sign in: ", StringComparison.Ordinal))
            {
                _ = server.StandardOutput.ReadToEndAsync();   // or it would wait for a reader one day
                return new Uri(line["Sign in: ".Length..]).PathAndQuery;
            }
        }

        throw new InvalidOperationException("The server ended, or printed no link.");
    }

    private static async Task SignInAsync(HttpClient client, string link)
    {
        using HttpResponseMessage form = await client.GetAsync(link);
        string html = await form.Content.ReadAsStringAsync();
        var fields = Hidden().Matches(html).DistinctBy(m => m.Groups[1].Value).ToDictionary(m => m.Groups[1].Value, m => WebUtility.HtmlDecode(m.Groups[2].Value));
        using var request = new HttpRequestMessage(HttpMethod.Post, link) { Content = new FormUrlEncodedContent(fields) };
        request.Headers.Add("Cookie", Cookies(form));
        using HttpResponseMessage answer = await client.SendAsync(request);
        client.DefaultRequestHeaders.Add("Cookie", Cookies(answer));
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
    }

    private static string Cookies(HttpResponseMessage answer) =>
        string.Join("; ", answer.Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? cookies) ? cookies.Select(c => c.Split(';')[0]) : throw new InvalidOperationException("Nobody was let in."));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("""<a class="button" rel="next" href="([^"]*)""")]
    private static partial Regex NextPage();

    [GeneratedRegex("""<input type="hidden" name="([^"]*)" value="([^"]*)""")]
    private static partial Regex Hidden();
}
