using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Updating;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay.Security;
using Ptt.Tests.Support;
using Ptt.Web.Access.Factors;
using Ptt.Web.Alarms;
using Ptt.Web.Domains.Updates;
using Ptt.Web.Listeners;
using Ptt.Web.Outbound.TlsReports;
using Ptt.Web.Queue;
using Ptt.Web.Queue.Webhooks;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Sync;

namespace Ptt.Tests.Browser;

/// <summary>
/// A server to which strangers have said the worst they could, by every way that there is: SMTP, the API, commits in the users' repository, DNS, and
/// the replies of a remote server.
/// </summary>
internal sealed class HostileWorld : IAsyncDisposable
{
    public const string Markup =
        "\"><img src=//evil.example/x.png onerror=\"document.title='pwned'\"><script>document.title='pwned'</script><svg onload=alert(1)><a href=\"javascript:alert(1)\">x</a><style>*{display:none}</style>";
    public const string Turned = "invoice\u202Egpj.exe\u2066\u200F a\u0001b\u001b[31mred\u0085\u2028";
    public const string Sender = "mallory@example.test";
    public const string Password = "a long enough password";

    /// <summary>A file to import.</summary>
    public static string Csv => $"address,name,roles\r\nimported@example.test,\"{Markup.Replace("\"", "\"\"", StringComparison.Ordinal)[..190]}\",\r\n<script>alert(1)</script>@example.test,{Turned},{Long}\r\n{Long},{Long},\r\n";

    public static readonly string Long = new('W', 10_000);

    private readonly ScriptedServer _remote = new()
    {
        Greeting = "220 mx.evil.example " + Markup, Extensions = ["PIPELINING", "8BITMIME", "SMTPUTF8", "X" + Markup, "X-" + Long[..400]],
        On = line => !line.StartsWith("RCPT", StringComparison.Ordinal) || line.Contains("taken", StringComparison.Ordinal) ? null
            : line.Contains("defer", StringComparison.Ordinal) ? $"450-4.7.1 {Markup}\n450-4.7.1 {Turned}\n450 4.7.1 {Long[..400]}" : $"550-5.7.1 blocked {Turned}\n550 5.7.1 {Markup}",
    };

    public HostileWorld() => App = new PttApp(("Ptt:Relay:Routes:evil.example", _remote.EndPoint.ToString()));

    public PttApp App { get; }

    /// <summary>What the pages of single things are asked with.</summary>
    public string Message { get; private set; } = "";

    public string Webhook { get; private set; } = "";

    public int Port => Services.GetRequiredService<SmtpListeners>().Bound.First(b => b.Role == Role.Submission && b.Tls == ListenerTls.Implicit).EndPoint.Port;

    private IServiceProvider Services => App.Services;

    public async Task StartAsync()
    {
        App.StartServer();
        await Services.GetRequiredService<UserBootstrap>().EnsureAsync("ada@example.test", "sandbox", ["admin"], CancellationToken.None);
        await ByTheApiAsync();
        await ByMailAsync();
        await ByGitAsync();
        await ByDnsAsync();
        InTheRooms();
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await _remote.DisposeAsync();
    }

    private async Task ByTheApiAsync()
    {
        using HttpClient ada = App.ClientOf("ada@example.test");
        await TryAsync(ada, "/api/v1/users", new { address = Sender, displayName = Markup[..190], password = Password, sendAs = new[] { "*@example.test" } });
        await TryAsync(ada, "/api/v1/users", new { address = "turned@example.test", displayName = Turned, password = Password });
        await TryAsync(ada, "/api/v1/users", new { address = "\"<script>document.title='pwned'</script>\"@example.test", displayName = "مرحبا " + Markup[..100] });
        await TryAsync(ada, $"/api/v1/users/{Sender}/app-passwords", new { name = Markup[..90] });
        await TryAsync(ada, "/api/v1/domains", new { domain = "<script>alert(1)</script>.example" });
        foreach (string text in new[] { Markup, Turned, Long })
        {
            await TryAsync(ada, "/api/v1/tokens", new { name = text, scopes = new[] { "users:read" } });
            await TryAsync(ada, "/api/v1/tokens", new { name = text[..Math.Min(95, text.Length)], scopes = new[] { "users:read" } });
            await TryAsync(ada, "/api/v1/suppressions", new { address = $"s{text.Length}@evil.example", reason = text });
            await TryAsync(ada, "/api/v1/suppressions", new { address = $"t{text.Length}@evil.example", reason = text[..Math.Min(190, text.Length)] });
            await TryAsync(ada, "/api/v1/queue/destinations/paused.example/pause", new { reason = text });
            await TryAsync(ada, "/api/v1/test-messages", new { from = "ada@example.test", to = "bob@example.com", subject = text });
        }

        await TryAsync(ada, "/api/v1/webhooks", new { url = "https://hooks.evil.example/" + Uri.EscapeDataString(Markup) + "?q=" + Long[..900], events = new[] { "message.failed" } });
    }

    // Refused or taken, never a fault of ours.
    private static async Task TryAsync(HttpClient client, string path, object body)
    {
        using HttpResponseMessage answer = await client.PostAsync(path, new StringContent(JsonSerializer.Serialize(body), System.Text.Encoding.UTF8, "application/json"));
        Assert.True((int)answer.StatusCode is < 500 and not 401 and not 403 and not 404, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    private async Task ByMailAsync()
    {
        string[] letters =
        [
            $"From: \"{Quoted(Markup)}\" <{Sender}>\r\nTo: bob@example.com\r\nSubject: {Markup}\r\nX-<script>alert(1)</script>: {Markup}\r\nMessage-ID: <\"><script>alert(1)</script>@evil.example>\r\n"
                + $"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body onload=\"document.title='pwned'\">{Markup}<meta http-equiv=refresh content=\"0;url=//evil.example/\"></body></html>\r\n",
            $"From: {Encoded(Turned)} <{Sender}>\r\nTo: bob@example.com\r\nSubject: {Encoded(Turned)}\r\n\r\n{Turned.Replace("\u0001", "", StringComparison.Ordinal)}\r\n",
            $"From: {Sender}\r\nTo: bob@example.com\r\nSubject: {string.Join("\r\n ", Enumerable.Repeat(Long[..900], 11))}\r\n\r\n{string.Join("\r\n", Enumerable.Repeat(Long[..900], 11))}\r\n",
        ];
        foreach ((string from, string letter) in new[] { Sender, "\"<script>alert(1)</script>\"@example.test", Sender }.Zip(letters))
        {
            await using HostileClient client = await HostileClient.OpenAsync(Port);
            await client.SayAsync("EHLO client.evil.example");
            Assert.StartsWith("235", await client.LoginAsync(Sender, Password), StringComparison.Ordinal);
            Assert.StartsWith("250", await client.SayAsync($"MAIL FROM:<{from}> SMTPUTF8 BODY=8BITMIME"), StringComparison.Ordinal);
            foreach (string to in new[] { "bob@example.com", "defer@evil.example", "gone@evil.example", "\"<img src=x onerror=alert(1)>\"@evil.example" })
            {
                Assert.StartsWith("250", await client.SayAsync($"RCPT TO:<{to}>"), StringComparison.Ordinal);
            }

            Assert.StartsWith("354", await client.SayAsync("DATA"), StringComparison.Ordinal);
            string taken = await client.SayAsync(letter + ".");
            Assert.StartsWith("250", taken, StringComparison.Ordinal);
            Message = Message.Length > 0 ? Message : taken.Trim().Split(' ')[^1];
        }

        var queue = Services.GetRequiredService<QueueService>();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (queue.Counts().Deferred < 3)
        {
            await Task.Delay(50, patience.Token);   // put off by the remote's words, which the pages show
        }
    }

    /// <summary>What a client does whose name is a weapon; refused or not, whoever listens sees it.</summary>
    public async Task SayEverythingAsync()
    {
        await using HostileClient client = await HostileClient.OpenAsync(Port);
        foreach (string line in new[] { "EHLO " + Markup, "EHLO " + Turned.Replace("\u2028", "", StringComparison.Ordinal), "NOOP " + Long[..400], "MAIL FROM:<" + Markup + ">", "HELP \u202E" + Markup, "EHLO last.evil.example" })
        {
            await client.SayAsync(line);
        }
    }

    // git itself takes < and > out of names: what is left of the markup, bidi controls and 10 KB stay.
    private async Task ByGitAsync()
    {
        string said = Markup + Turned.Replace("\u0001", "", StringComparison.Ordinal);
        using ForeignGit clone = await ForeignGit.CloneAsync(Services);
        string users = Path.Combine(clone.Work, "users", "example.test");
        await File.WriteAllTextAsync(Path.Combine(users, "git.json"), JsonSerializer.Serialize(new { address = "git@example.test", displayName = "git " + Markup[..180] }));
        await clone.CommitAsync(said + Long, said + Long);
        var store = Services.GetRequiredService<UserStore>();
        await store.SyncAsync(CancellationToken.None);
        Assert.NotNull(Services.GetRequiredService<UserService>().Find(Mailbox.Parse("git@example.test")));

        await File.WriteAllTextAsync(Path.Combine(users, "\"><img src=x onerror=alert(1)>\u202E.json"), "{\"address\": \"" + Long + "\", \"<script>alert(1)</script>\": 1}");
        await clone.CommitAsync(Markup, Markup);
        await store.SyncAsync(CancellationToken.None);
        Assert.NotNull(store.State.Refused);
    }

    private async Task ByDnsAsync()
    {
        var updater = Services.GetRequiredService<IZoneUpdater>();
        foreach ((string name, string text) in new[] { ("_smtp._tls", "v=TLSRPTv1; rua=mailto:" + Markup), ("_mta-sts", "v=STSv1; id=" + Markup), ("default._bimi", Markup) })
        {
            await updater.SetAsync(DomainName.Parse($"{name}.example.test"), RecordType.Txt, TimeSpan.FromMinutes(1), [new RecordData.Txt(text)], [], CancellationToken.None);
        }

        await Services.GetRequiredService<Ptt.Web.Domains.Posture.DomainPosture>().CheckAsync(DomainName.Parse("example.test"), CancellationToken.None);
    }

    // What a stranger says and only a room's own code hands on: TLS failures, a webhook's answer, alarms, the names of factors.
    private void InTheRooms()
    {
        var book = Services.GetRequiredService<TlsReportBook>();
        book.Note(new TlsSession("evil.example", new AppliedPolicy("sts", Markup, [Markup, Turned, Long], [Markup]), Markup, TlsResult.ValidationFailure)
        {
            Receiving = IPAddress.Loopback, Reason = Markup + Turned,
        });
        book.Write();
        var hooks = Services.GetRequiredService<WebhookStore>();
        WebhookEndpoint hook = hooks.Add(new Uri("https://hooks.evil.example/dead"), ["message.failed"]);
        hooks.Put([new WebhookEvent(Guid.NewGuid().ToString("N"), Markup, "message.failed", "{}"u8.ToArray())], [hook]);
        OutgoingEvent due = Assert.Single(hooks.Due(hook.Id, 10));
        hooks.Failed(due, Markup + Turned + Long, null);
        Webhook = hook.Id;
        Services.GetRequiredService<IAlarms>().Raise("destination.blocking:" + Markup, AlarmSeverity.Warning, $"{Markup} refuses our mail since an hour: {Turned} {Long}", "javascript:alert(1)");
    }

    public Task NameFactorAsync() => Services.GetRequiredService<SecondFactors>().AddPasskeyAsync("ada@example.test", [], Markup[..60]);

    private static string Quoted(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string Encoded(string text) => "=?utf-8?B?" + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text)) + "?=";
}
