using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Dns;
using Ptt.Dns.Updating;
using Ptt.Tests.Support;
using Ptt.Web.Access;
using Ptt.Web.Alarms;
using Ptt.Web.Configuration;
using Ptt.Web.Domains;
using Ptt.Web.Domains.Posture;
using Ptt.Web.Sandbox;

namespace Ptt.Tests.Web.Domains.Posture;

/// <summary>The whole room as it is wired, against the sandbox's name server over real sockets.</summary>
public sealed class PostureApiTests : IAsyncLifetime
{
    private const string Path = "/api/v1/domains/example.test/dns";

    private static readonly TsigKey Key = TsigKey.Generate(DomainName.Parse("ptt._update.example.test"), TsigAlgorithm.HmacSha256);

    private readonly SandboxNameServer _server = new(
        new IPEndPoint(IPAddress.Loopback, 0),
        [SandboxZone.Parse(DomainName.Parse("25.100.51.198.in-addr.arpa"), "25.100.51.198.in-addr.arpa PTR mail.example.test"), SandboxZone.Parse(DomainName.Parse("example.test"), "example.test MX 10 mx.example.test", "mail.example.test A 198.51.100.25", "_smtp._tls.example.test TXT \"v=TLSRPTv1; rua=mailto:theirs@example.test\"")],
        [Key], TimeProvider.System, NullLogger<SandboxNameServer>.Instance);

    private readonly OneDomain _domains = new();
    private ApiHost _host = null!;

    public async Task InitializeAsync()
    {
        await _server.StartAsync(CancellationToken.None);
        _host = await ApiHost.StartAsync(
            builder =>
            {
                builder.AddDomains();
                builder.Services.AddSingleton<IOwnDomains>(_domains);
            },
            app => app.MapDomains(), time: new ManualTime(DateTimeOffset.UtcNow),
            settings:
            [
                ("Ptt:Hostname", "mail.example.test"), ("Ptt:Dns:Resolvers:0", _server.EndPoint.ToString()), ("Ptt:Dns:AuthorityPort", $"{_server.EndPoint.Port}"),
                ("Ptt:Dns:Update:Server", _server.EndPoint.ToString()), ("Ptt:Dns:Update:Key", Key.ToSecretText()),
            ]);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task The_difference_is_shown_and_mended()
    {
        using HttpClient client = _host.Client();
        JsonElement before = await client.GetFromJsonAsync<JsonElement>(Path);
        Assert.Equal("signed", before.GetProperty("update").GetString());
        JsonElement spf = Item(before, "spf");
        Assert.Equal("missing", spf.GetProperty("state").GetString());
        JsonElement line = Assert.Single(spf.GetProperty("change").GetProperty("add").EnumerateArray());
        Assert.Equal("example.test. 3600 IN TXT \"v=spf1 a:mail.example.test ~all\"", line.GetProperty("bind").GetString());
        Assert.Equal("@", line.GetProperty("host").GetString());

        using HttpResponseMessage applied = await client.PostAsJsonAsync(Path + "/apply", new { });
        Assert.Equal(HttpStatusCode.OK, applied.StatusCode);
        JsonElement after = await applied.Content.ReadFromJsonAsync<JsonElement>();
        Assert.All(after.GetProperty("changes").EnumerateArray(), c => Assert.True(c.GetProperty("done").GetBoolean(), c.ToString()));
        Assert.Equal("good", Item(after.GetProperty("after"), "spf").GetProperty("state").GetString());
        Assert.Equal("good", Item(after.GetProperty("after"), "dmarc").GetProperty("state").GetString());
        Assert.Contains("dns.apply", await client.GetStringAsync("/api/v1/audit"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_named_kinds_are_applied()
    {
        using HttpResponseMessage applied = await _host.Client().PostAsJsonAsync(Path + "/apply", new { kinds = new[] { "dmarc" } });

        Assert.Equal("dmarc", Assert.Single((await applied.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("changes").EnumerateArray()).GetProperty("kind").GetString());
    }

    [Theory]
    [InlineData("/api/v1/domains/example.net/dns", HttpStatusCode.NotFound)]
    [InlineData("/api/v1/domains/exa%20mple/dns", HttpStatusCode.NotFound)]
    public async Task A_domain_of_others_is_not_found(string path, HttpStatusCode status) => Assert.Equal(status, (await _host.Client().GetAsync(path)).StatusCode);

    [Fact]
    public async Task Without_a_token_nothing_is_told() => Assert.Equal(HttpStatusCode.Unauthorized, (await _host.Client("").GetAsync(Path)).StatusCode);

    [Fact]
    public async Task A_token_that_may_read_may_not_apply()
    {
        var (_, token) = await _host.Services.GetRequiredService<TokenStore>().CreateAsync("reader", [Scopes.DomainsRead], [], null, "test", CancellationToken.None);

        Assert.Equal(HttpStatusCode.OK, (await _host.Client(token).GetAsync(Path)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await _host.Client(token).PostAsJsonAsync(Path + "/apply", new { })).StatusCode);
    }

    [Fact]
    public async Task A_token_of_another_domain_finds_nothing()
    {
        var (_, token) = await _host.Services.GetRequiredService<TokenStore>().CreateAsync("other", [Scopes.DomainsRead], [DomainName.Parse("other.test")], null, "test", CancellationToken.None);

        Assert.Equal(HttpStatusCode.NotFound, (await _host.Client(token).GetAsync(Path)).StatusCode);
    }

    [Fact]
    public async Task What_is_wrong_becomes_an_alarm_and_what_is_mended_ends_it()
    {
        IServiceProvider services = _host.Services;
        var alarms = services.GetRequiredService<IAlarms>();
        var worker = services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<PostureWorker>().Single();

        await worker.CompareAsync(_domains.All.Single(), CancellationToken.None);
        Alarm alarm = Assert.Single(alarms.Current, a => a.Name == "dns.posture:example.test");
        Assert.Contains("Spf", alarm.Text, StringComparison.Ordinal);
        Assert.Equal("/domains/example.test", alarm.Link);

        await services.GetRequiredService<DomainPosture>().ApplyAsync(_domains.All.Single(), null, "test", CancellationToken.None);
        await worker.CompareAsync(_domains.All.Single(), CancellationToken.None);
        Assert.DoesNotContain(alarms.Current, a => a.Name == "dns.posture:example.test");
    }

    [Fact]
    public async Task The_check_tries_resolver_and_key_and_changes_nothing()
    {
        uint serial = _server.Zones[1].Serial;
        var results = new List<CheckResult>();
        await foreach (CheckResult result in _host.Services.GetServices<ICheck>().OfType<DnsCheck>().Single().RunAsync(CancellationToken.None))
        {
            results.Add(result);
        }

        Assert.Equal(CheckVerdict.Good, results.Single(r => r.Subject.StartsWith("DNS resolver", StringComparison.Ordinal)).Verdict);
        Assert.Equal(CheckVerdict.Good, results.Single(r => r.Subject == "DNS update of example.test").Verdict);
        Assert.Contains(results, r => r.Subject == "Spf of example.test" && r.Advice is not null);
        Assert.Equal(serial, _server.Zones[1].Serial);
    }

    private static JsonElement Item(JsonElement report, string kind) =>
        report.GetProperty("items").EnumerateArray().First(i => i.GetProperty("kind").GetString() == kind);

    private sealed class OneDomain : IOwnDomains
    {
        public event Action? Changed
        {
            add { }
            remove { }
        }

        public IReadOnlyCollection<DomainName> All { get; } = [DomainName.Parse("example.test")];

        public bool Contains(DomainName domain) => All.Contains(domain);
    }
}
