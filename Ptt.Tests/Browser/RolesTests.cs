using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Mail;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;

namespace Ptt.Tests.Browser;

/// <summary>Every page and every operation against every role, asked over HTTP: the table says who may, the server must say the same.</summary>
public sealed partial class RolesTests : IAsyncLifetime
{
    private static readonly string[] Everybody = ["admin", "domain-admin", "support", "auditor", "sender"];

    // Method, beginning of the path, who may: a admin, d domain admin, s support, r auditor, n sender (anybody who is signed in). The
    // longest beginning that fits decides. A dot stands for nobody: those answer to tokens or to what they carry, not to people.
    private static readonly (string Method, string Path, string Who)[] Table =
    [
        ("*", "/", "adsrn"), ("*", "/account", "adsrn"), ("*", "/api/v1/account", "adsrn"), ("POST", "/sign-out", "adsrn"), ("GET", "/search", "adsrn"),
        ("GET", "/alarms", "asr"), ("POST", "/alarms", "a"), ("GET", "/api/v1/alarms", "asr"), ("POST", "/api/v1/alarms", "a"), ("DELETE", "/api/v1/alarms", "a"),
        ("GET", "/api/v1/overview", "asr"), ("GET", "/settings", "asr"), ("GET", "/backups", "asr"), ("POST", "/backups", "a"), ("GET", "/api/v1/backups", "asr"), ("POST", "/api/v1/backups", "a"), ("DELETE", "/api/v1/backups", "a"), ("GET", "/api/v1/settings", "asr"),
        ("*", "/sign-ins", "a"), ("*", "/api/v1/sign-ins", "a"), ("*", "/api/v1/factors", "a"),
        ("GET", "/queue", "asr"), ("POST", "/queue", "a"), ("POST", "/queue/verb/retry", "as"), ("POST", "/queue/verb/release", "as"), ("POST", "/queue/bulk", "as"),
        ("GET", "/api/v1/queue", "asr"), ("POST", "/api/v1/queue", "a"), ("DELETE", "/api/v1/queue", "a"),
        ("POST", "/api/v1/queue/retry", "as"), ("POST", "/api/v1/queue/release", "as"), ("POST", "/api/v1/queue/{id}/retry", "as"), ("POST", "/api/v1/queue/{id}/release", "as"),
        ("GET", "/explain", "asr"), ("*", "/api/v1/explain", "asr"), ("GET", "/tls-reports", "asr"), ("GET", "/api/v1/tls-reports", "asr"),
        ("GET", "/messages", "asr"), ("GET", "/api/v1/messages", "asr"), ("GET", "/sessions", "asr"), ("GET", "/api/v1/sessions", "asr"),
        ("GET", "/suppressions", "asr"), ("POST", "/suppressions", "a"), ("GET", "/api/v1/suppressions", "asr"), ("POST", "/api/v1/suppressions", "a"), ("DELETE", "/api/v1/suppressions", "a"),
        ("GET", "/webhooks", "asr"), ("POST", "/webhooks", "a"), ("GET", "/api/v1/webhooks", "asr"), ("POST", "/api/v1/webhooks", "a"), ("PUT", "/api/v1/webhooks", "a"), ("DELETE", "/api/v1/webhooks", "a"),
        ("GET", "/users", "adsr"), ("GET", "/users/new", "ad"), ("GET", "/users/import", "ad"), ("POST", "/users", "ad"), ("GET", "/api/v1/users", "adsr"), ("POST", "/api/v1/users", "ad"), ("PUT", "/api/v1/users", "ad"),
        ("PATCH", "/api/v1/users", "ad"), ("DELETE", "/api/v1/users", "ad"),
        ("GET", "/api/v1/git", "asr"), ("POST", "/api/v1/git", "a"), ("GET", "/users/sync", "asr"), ("POST", "/users/sync", "a"),
        ("GET", "/domains", "adsr"), ("POST", "/domains", "a"), ("POST", "/domains/check", "adsr"), ("GET", "/api/v1/domains", "adsr"), ("POST", "/api/v1/domains", "a"),
        ("PUT", "/api/v1/domains", "a"), ("DELETE", "/api/v1/domains", "a"),
        ("GET", "/keys", "adsr"), ("POST", "/keys", "ad"), ("POST", "/keys/check", "adsr"),
        ("GET", "/api/v1/domains/{domain}/keys", "adsr"), ("POST", "/api/v1/domains/{domain}/keys", "ad"), ("POST", "/api/v1/domains/{domain}/keys/check", "adsr"),
        ("*", "/tokens", "a"), ("*", "/api/v1/tokens", "a"), ("GET", "/audit", "ar"), ("GET", "/api/v1/audit", "ar"),
        ("*", "/test", "a"), ("*", "/api/v1/test-messages", "a"),
        ("GET", "/sandbox", "asr"), ("POST", "/sandbox", "a"), ("GET", "/api/v1/sandbox", "asr"), ("DELETE", "/api/v1/sandbox", "a"),
        ("GET", "/scim/v2/Users", "adsr"), ("POST", "/scim/v2/Users", "ad"), ("POST", "/scim/v2/Users/.search", "adsr"), ("PUT", "/scim/v2/Users", "ad"), ("PATCH", "/scim/v2/Users", "ad"), ("DELETE", "/scim/v2/Users", "ad"),
        ("GET", "/scim/v2", "adsrn"),
    ];

    private readonly PttApp _app = new();

    public async Task InitializeAsync()
    {
        _app.StartServer();
        await World.FillAsync(_app.Services);
        var users = _app.Services.GetRequiredService<UserService>();
        foreach (string role in Everybody)
        {
            Assert.IsType<Change<StoredUser>.Done>(await users.CreateAsync(
                new NewUser(new User { Address = Mailbox.Parse(PersonOf(role)), Roles = role == "sender" ? [] : [role] }), "test", CancellationToken.None));
        }
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Every_page_and_operation_opens_to_the_roles_of_the_table_and_to_no_other()
    {
        var faults = new List<string>();
        (string Method, RoutePattern Pattern)[] all = [.. Endpoints()];
        Assert.True(all.Length > 150, $"only {all.Length} endpoints were found");
        foreach (string? role in Everybody.Append(null))
        {
            using HttpClient client = _app.ClientOf(role is null ? null : PersonOf(role));
            foreach ((string method, RoutePattern pattern) in all)
            {
                string path = "/" + pattern.RawText!.TrimStart('/');
                bool may = role is not null && Table.Where(t => (t.Method == "*" || t.Method == method) && Begins(path, t.Path)).OrderByDescending(t => t.Path.Length).ThenBy(t => t.Method == "*")
                    .Select(t => t.Who).FirstOrDefault()?.Contains(Letter(role)) == true;
                if (may && path == "/api/v1/sessions/trace")
                {
                    continue;   // it answers when somebody speaks
                }

                using HttpResponseMessage answer = await AskAsync(client, method, path);
                bool did = !(answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized
                    || answer.Headers.Location?.OriginalString.Contains("/sign-in?", StringComparison.Ordinal) == true);
                if (may != did)
                {
                    faults.Add($"{role ?? "nobody"}: {method} {path}: {(int)answer.StatusCode}, the table says {(may ? "yes" : "no")}");
                }

                if ((int)answer.StatusCode >= 500 && answer.StatusCode != HttpStatusCode.ServiceUnavailable)
                {
                    faults.Add($"{role ?? "nobody"}: {method} {path}: {(int)answer.StatusCode}");
                }
            }
        }

        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    [Fact]
    public async Task A_sender_sees_the_own_mail_and_nobody_elses()
    {
        using HttpClient sender = _app.ClientOf(PersonOf("sender"));
        var post = _app.Services.GetRequiredService<Ptt.Web.Shell.Trials.TrialPost>();
        string mine = await SentAsync(post, PersonOf("sender"));
        string theirs = await SentAsync(post, "ada@example.test");

        string list = await sender.GetStringAsync("/api/v1/account/messages");
        Assert.Contains(mine, list, StringComparison.Ordinal);
        Assert.DoesNotContain(theirs, list, StringComparison.Ordinal);
        Assert.Contains(mine, await sender.GetStringAsync("/account/mail"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await sender.GetAsync("/account/mail/" + mine)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await sender.GetAsync("/account/mail/" + theirs)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await sender.GetAsync("/api/v1/account/messages/" + theirs)).StatusCode);
        Assert.Contains(mine, await sender.GetStringAsync("/account/mail.csv"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_domain_admin_reaches_the_own_domain_only()
    {
        var users = _app.Services.GetRequiredService<UserService>();
        using HttpClient admin = _app.ClientOf(PersonOf("admin"));
        using HttpResponseMessage made = await admin.PostAsync("/api/v1/domains", Json("application/json", """{"domain":"other.test"}"""));
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.IsType<Change<StoredUser>.Done>(await users.CreateAsync(new NewUser(new User { Address = Mailbox.Parse("eve@other.test") }), "test", CancellationToken.None));

        using HttpClient bound = _app.ClientOf(PersonOf("domain-admin"));
        Assert.DoesNotContain("eve@other.test", await bound.GetStringAsync("/api/v1/users?limit=200"), StringComparison.Ordinal);
        Assert.DoesNotContain("eve@other.test", await bound.GetStringAsync("/users?q=eve"), StringComparison.Ordinal);
        Assert.DoesNotContain("eve@other.test", await bound.GetStringAsync("/search?q=eve%40other.test").ContinueWith(t => t.Result.Replace("value=\"eve@other.test\"", "", StringComparison.Ordinal).Replace("for eve@other.test", "", StringComparison.Ordinal)), StringComparison.Ordinal);
        foreach (string path in new[] { "/api/v1/users/eve%40other.test", "/users/eve%40other.test", "/domains/other.test", "/api/v1/domains/other.test/dns", "/keys/other.test", "/api/v1/domains/other.test/keys" })
        {
            Assert.Contains((await bound.GetAsync(path)).StatusCode, new[] { HttpStatusCode.NotFound, HttpStatusCode.Forbidden });
        }

        Assert.Equal(HttpStatusCode.OK, (await bound.GetAsync("/users/user01%40example.test")).StatusCode);
    }

    private static string PersonOf(string role) => $"{role}@example.test";

    private static char Letter(string role) => role switch { "auditor" => 'r', "sender" => 'n', _ => role[0] };

    private static bool Begins(string path, string with) =>
        path == with || path.StartsWith(with + "/", StringComparison.Ordinal) || path.StartsWith(with + ".", StringComparison.Ordinal) || (with == "/" && path == "/");

    private static async Task<string> SentAsync(Ptt.Web.Shell.Trials.TrialPost post, string from)
    {
        var trial = (await post.StartAsync(Mailbox.Parse(from), Mailbox.Parse("bob@example.com"), "mine", "test", CancellationToken.None))!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (trial.SpoolId is null)
        {
            Assert.True(trial.Reply is null or { Code: 250 }, trial.Reply?.ToString());
            await Task.Delay(20, patience.Token);
        }

        return trial.SpoolId.Value.ToString();
    }

    private static StringContent Json(string type, string text) => new(text, Encoding.UTF8, type);

    // What a person may not do is refused before anything is read; what they may meets an empty body or a name that nothing has.
    private static Task<HttpResponseMessage> AskAsync(HttpClient client, string method, string path)
    {
        string address = Parameter().Replace(path, m => m.Value.Contains("domain", StringComparison.Ordinal) ? "example.test" : "nothing-here");
        var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (method is not ("GET" or "DELETE"))
        {
            request.Content = path.StartsWith("/api/", StringComparison.Ordinal) || path.StartsWith("/scim/", StringComparison.Ordinal)
                ? Json(method == "PATCH" && path.StartsWith("/api/", StringComparison.Ordinal) ? "application/merge-patch+json" : "application/json", "{}") : new FormUrlEncodedContent([new("id", "x")]);
        }

        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private IEnumerable<(string Method, RoutePattern Pattern)> Endpoints() =>
        from endpoint in _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        where endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null
        let path = "/" + endpoint.RoutePattern.RawText?.TrimStart('/')
        where endpoint.RoutePattern.RawText is not null && !path.StartsWith("/_", StringComparison.Ordinal) && !path.StartsWith("/status", StringComparison.Ordinal) && !path.StartsWith("/{**", StringComparison.Ordinal)
        where !Public.Any(p => path == p || path.StartsWith(p + "/", StringComparison.Ordinal))
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        where endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Components.Endpoints.ComponentTypeMetadata>() is null || method == "GET"
        select (method, endpoint.RoutePattern);

    // For probes, for readers of the documentation, for the git host's signed call, and the metrics, which have a token of their own.
    private static readonly string[] Public = ["/healthz", "/readyz", "/metrics", "/openapi", "/problems", "/api/v1/git/hook", "/preferences", "/scim/v2/ServiceProviderConfig", "/scim/v2/ResourceTypes", "/scim/v2/Schemas"];

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
