using System.Net;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Relay.Security;
using Ptt.Web.Access;
using Ptt.Web.Access.Factors;
using Ptt.Web.Alarms;
using Ptt.Web.Backups;
using Ptt.Web.Outbound.TlsReports;
using Ptt.Web.Queue;
using Ptt.Web.Queue.Webhooks;
using Ptt.Web.Sandbox;
using Ptt.Web.Shell.Trials;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Import;
using Ptt.Web.Users.Sync;

namespace Ptt.Tests.Browser;

/// <summary>A server in the midst of its work: mail in every state, orders that ran, reports, a domain whose DNS is not right, a commit that was refused.</summary>
public sealed class BusyWorld : IAsyncLifetime
{
    private const string Ada = "ada@example.test";

    public PttApp App { get; } = new();

    /// <summary>Pages of single things, by the name that <see cref="FilledPagesTests"/> gives them.</summary>
    public Dictionary<string, string> Paths { get; } = [];

    private IServiceProvider Services => App.Services;

    private QueueService Queue => Services.GetRequiredService<QueueService>();

    public async Task InitializeAsync()
    {
        App.StartServer();
        await Services.GetRequiredService<UserBootstrap>().EnsureAsync(Ada, "sandbox", ["admin"], CancellationToken.None);
        using HttpClient ada = App.ClientOf(Ada);
        for (int i = 1; i <= 30; i++)
        {
            await PostAsync(ada, "/api/v1/users", new { address = $"person{i:00}@example.test", displayName = $"Personne numéro {i}", roles = i == 7 ? ["support"] : Array.Empty<string>(), enabled = i % 9 != 0 });
        }

        await PostAsync(ada, "/api/v1/users/person01@example.test/app-passwords", new { name = "Imprimante du hall" });
        await PostAsync(ada, "/api/v1/domains", new { domain = "elsewhere.example" });
        await PostAsync(ada, "/api/v1/tokens", new { name = "provisioning", scopes = new[] { "users:read", "users:write" } });
        await PostAsync(ada, "/api/v1/suppressions", new { address = "gone@nine.test", reason = "550 5.1.1 no such mailbox" });
        await PostAsync(ada, "/api/v1/queue/destinations/two.test/pause", new { reason = "disque plein chez eux" });
        await Services.GetRequiredService<SecondFactors>().AddPasskeyAsync("person02@example.test", [], "Clef du trousseau");
        await SendAsync();
        Tls();
        Hooks();
        await GitAsync();
        await BackUpAsync(ada);
        Services.GetRequiredService<IAlarms>().Raise("destination.blocking:one.test", AlarmSeverity.Warning, "one.test refuses our mail since an hour: 450 4.7.1 try again later", "/queue?destination=one.test");
        Paths["import"] = "/users/import/" + Services.GetRequiredService<UserImports>().Prepare(
            "address,name,roles,enabled\r\nperson01@example.test,Autre nom,,\r\nnew@example.test,New,support,true\r\npersonne,,,\r\nnew@unknown.example,,,\r\nperson02@example.test,,cook!,\r\nperson03@example.test,,,perhaps\r\n", Caller()).Id;
    }

    public async Task DisposeAsync() => await App.DisposeAsync();

    private static ClaimsPrincipal Caller() =>
        new(new ClaimsIdentity([new Claim(ClaimTypes.Name, Ada), .. Scopes.All.Select(s => new Claim(AccessSchemes.ScopeClaim, s))], "test"));

    private async Task SendAsync()
    {
        var post = Services.GetRequiredService<TrialPost>();
        var trials = new Dictionary<string, Trial>();
        foreach (string to in new[] { "bob@example.com", "defer@one.test", "defer@three.test", "reject@four.test", "full@five.test", "waits@two.test", "held@six.test", "defer@seven.test" })
        {
            Trial trial = trials[to] = (await post.StartAsync(Mailbox.Parse(Ada), Mailbox.Parse(to), $"Facture de {to.Split('@')[1]}", Ada, CancellationToken.None))!;
            await UntilAsync(() => trial.SpoolId is not null);
        }

        SpoolId held = trials["defer@seven.test"].SpoolId!.Value;
        await UntilAsync(() => Queue.Counts().Deferred >= 3 && Queue.Find(held) is { Deliveries: [{ State: QueueState.Deferred }] });
        using HttpClient ada = App.ClientOf(Ada);
        JsonElement job = await PostAsync(ada, "/api/v1/queue/hold", new { filter = new { destination = "seven.test" }, reason = "voulu par Ada" });
        await UntilAsync(() => Queue.Find(held) is { Deliveries: [{ State: QueueState.Held }] });
        await UntilAsync(() => Services.GetRequiredService<SandboxInbox>().Messages.Any());
        Paths["job"] = "/queue/jobs/" + job.GetProperty("id").GetString();
        foreach ((string name, string to) in new[] { ("delivered", "bob@example.com"), ("deferred", "defer@one.test"), ("refused", "reject@four.test"), ("held", "defer@seven.test"), ("paused", "waits@two.test") })
        {
            Paths["message-" + name] = "/messages/" + trials[to].SpoolId;
        }

        Paths["test-steps"] = "/test/" + trials["bob@example.com"].Id;
        Paths["test-put-off"] = "/test/" + trials["defer@one.test"].Id;
        Paths["own-message"] = "/account/mail/" + trials["reject@four.test"].SpoolId;
        Paths["sandbox-message"] = "/sandbox/" + Services.GetRequiredService<SandboxInbox>().Messages.First().Id;
    }

    private void Tls()
    {
        var book = Services.GetRequiredService<TlsReportBook>();
        var policy = new AppliedPolicy("sts", "partner.example", ["version: STSv1", "mode: enforce", "mx: mx1.partner.example", "max_age: 604800"], ["mx1.partner.example"]);
        for (int i = 0; i < 12; i++)
        {
            book.Note(new TlsSession("partner.example", policy, "mx1.partner.example", i % 4 == 0 ? TlsResult.CertificateExpired : TlsResult.Success) { Receiving = IPAddress.Parse("192.0.2.25"), Reason = i % 4 == 0 ? "the certificate has expired or is not valid yet" : null });
            book.Note(new TlsSession($"d{i}.example", new AppliedPolicy("no-policy-found", $"d{i}.example", [], []), $"mx.d{i}.example", TlsResult.Success) { Receiving = IPAddress.Parse("192.0.2.26") });
        }

        book.Write();
        Paths["tls-report"] = $"/tls-reports/{DateTimeOffset.UtcNow:yyyy-MM-dd}/partner.example";
    }

    private void Hooks()
    {
        var hooks = Services.GetRequiredService<WebhookStore>();
        WebhookEndpoint hook = hooks.Add(new Uri("https://hooks.partner.example/mail?key=42"), ["message.failed", "message.delivered"]);
        hooks.Put([.. Enumerable.Range(0, 6).Select(i => new WebhookEvent(Guid.NewGuid().ToString("N"), $"message-{i}", i % 2 == 0 ? "message.failed" : "message.delivered", "{}"u8.ToArray()))], [hook]);
        foreach ((int i, OutgoingEvent due) in hooks.Due(hook.Id, 10).Index())
        {
            hooks.Failed(due, $"HTTP status {500 + i}", i % 2 == 0 ? null : TimeSpan.FromMinutes(5));
        }

        Paths["webhook"] = "/webhooks/" + hook.Id;
    }

    private async Task GitAsync()
    {
        using ForeignGit clone = await ForeignGit.CloneAsync(Services);
        string users = Path.Combine(clone.Work, "users", "example.test");
        await File.WriteAllTextAsync(Path.Combine(users, "person03.json"), """{"address": "person04@example.test", "displayName": 7, "roles": ["admin"]}""");
        await File.WriteAllTextAsync(Path.Combine(users, "person05.json"), """{"address": "person05@example.test", "roles": ["admin"]}""");
        await File.WriteAllTextAsync(Path.Combine(users, "person06.json"), "{");
        await clone.CommitAsync("Somebody Else", "Deux promotions");
        var store = Services.GetRequiredService<UserStore>();
        await store.SyncAsync(CancellationToken.None);
        Assert.NotNull(store.State.Refused);
    }

    private async Task BackUpAsync(HttpClient ada)
    {
        string id = (await PostAsync(ada, "/api/v1/backups", new { })).GetProperty("id").GetString()!;
        var store = Services.GetRequiredService<BackupStore>();
        await UntilAsync(() => store.Job is { EndedAt: not null } job && job.Id == id);
    }

    private static async Task UntilAsync(Func<bool> done)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (!done())
        {
            await Task.Delay(50, patience.Token);
        }
    }

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, object body)
    {
        using HttpResponseMessage answer = await client.PostAsync(path, new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"));
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return text.Length > 0 ? JsonDocument.Parse(text).RootElement : default;
    }
}
