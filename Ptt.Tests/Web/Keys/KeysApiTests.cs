using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Dns;
using Ptt.Dns.Resolving;
using Ptt.Smtp.Signing;
using Ptt.Tests.Support;
using Ptt.Web.Alarms;
using Ptt.Web.Domains;
using Ptt.Web.Domains.Updates;
using Ptt.Web.Keys;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Rotation;

namespace Ptt.Tests.Web.Keys;

public sealed class KeysApiTests
{
    private readonly ManualTime _time = new();
    private readonly StaticResolver _resolver = new();
    private readonly FakeKeyDns _dns;

    public KeysApiTests() => _dns = new FakeKeyDns(_time) { NegativeTtl = TimeSpan.Zero };

    [Fact]
    public async Task A_domain_gets_its_keys_by_itself_and_shows_their_public_halves()
    {
        await using ApiHost host = await StartAsync(settings: [("Ptt:Keys:Algorithms:1", "rsa-2048")]);
        JsonElement keys = await host.Client().GetFromJsonAsync<JsonElement>("/api/v1/domains/example.org/keys");
        Assert.True(keys.GetProperty("ready").GetBoolean());
        JsonElement[] all = [.. keys.GetProperty("keys").EnumerateArray()];
        Assert.Equal(["active ed25519", "active rsa-2048", "standby ed25519", "standby rsa-2048"],
            all.Select(k => $"{k.GetProperty("state").GetString()!.ToLowerInvariant()} {k.GetProperty("algorithm").GetString()}").Order());
        foreach (JsonElement key in all)
        {
            Assert.Equal(key.GetProperty("recordText").GetString(), _dns.Show(DomainName.Parse(key.GetProperty("recordName").GetString()!), 0));
        }

        Assert.DoesNotContain("PRIVATE", keys.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client().GetAsync("/api/v1/domains/elsewhere.example/keys")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Client("").GetAsync("/api/v1/domains/example.org/keys")).StatusCode);
    }

    [Fact]
    public async Task Rotation_lets_the_standby_keys_take_over_at_once()
    {
        await using ApiHost host = await StartAsync();
        KeyService service = host.Services.GetRequiredService<KeyService>();
        string[] standby = Selectors(service, KeyState.Standby);
        HttpResponseMessage answer = await host.Client().PostAsync("/api/v1/domains/example.org/keys/rotate", null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(standby, Selectors(service, KeyState.Active));
        Assert.Single(Selectors(service, KeyState.Retiring));
        var decision = Assert.IsType<SigningDecision.Sign>(await SignsAsync(host));
        Assert.Equal(standby, decision.Keys.Select(k => k.Selector).Order());
    }

    [Fact]
    public async Task Withdrawing_the_key_that_signs_asks_for_force_and_the_standby_key_takes_over()
    {
        await using ApiHost host = await StartAsync();
        KeyService service = host.Services.GetRequiredService<KeyService>();
        string active = Selectors(service, KeyState.Active)[0];
        HttpResponseMessage answer = await host.Client().PostAsync($"/api/v1/domains/example.org/keys/{active}/revoke", null);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("will take over at once", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        answer = await host.Client().PostAsync($"/api/v1/domains/example.org/keys/{active}/revoke?force=true", null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.EndsWith("p=", _dns.Show(DomainName.Parse($"{active}._domainkey.example.org"), 0), StringComparison.Ordinal);
        Assert.IsType<SigningDecision.Sign>(await SignsAsync(host));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client().PostAsync("/api/v1/domains/example.org/keys/nosuch/revoke", null)).StatusCode);
    }

    [Fact]
    public async Task Without_a_proved_key_mail_waits_and_an_alarm_says_why()
    {
        _dns.Manual = "No key for updates is configured.";
        await using ApiHost host = await StartAsync();
        var decision = Assert.IsType<SigningDecision.Unavailable>(await SignsAsync(host));
        Assert.Contains("ed25519", decision.Reason, StringComparison.Ordinal);
        IReadOnlyList<Alarm> alarms = host.Services.GetRequiredService<IAlarms>().Current;
        Assert.Contains(alarms, a => a.Name == "keys.unavailable:example.org" && a.Text.Contains("No key for updates", StringComparison.Ordinal));
        Assert.Contains(alarms, a => a.Name == "keys.manual:example.org");
    }

    [Fact]
    public async Task Mail_is_held_while_the_resolver_shows_something_else_and_goes_on_when_it_agrees()
    {
        await using ApiHost host = await StartAsync(mirror: false);
        var held = Assert.IsType<SigningDecision.Unavailable>(await SignsAsync(host));
        Assert.Contains("does not find our record", held.Reason, StringComparison.Ordinal);
        Assert.Contains(host.Services.GetRequiredService<IAlarms>().Current, a => a.Name.StartsWith("keys.unverifiable:example.org", StringComparison.Ordinal));
        Mirror();
        Assert.IsType<SigningDecision.Unavailable>(await SignsAsync(host));      // the answer is kept for a while
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.IsType<SigningDecision.Sign>(await SignsAsync(host));
        Assert.DoesNotContain(host.Services.GetRequiredService<IAlarms>().Current, a => a.Name.StartsWith("keys.unverifiable", StringComparison.Ordinal));
        int asked = _resolver.Questions.Count;
        await SignsAsync(host);
        Assert.Equal(asked, _resolver.Questions.Count);
    }

    [Fact]
    public async Task A_resolver_that_remembers_the_absence_of_a_new_key_holds_nothing_until_it_must_have_forgotten()
    {
        _dns.NegativeTtl = TimeSpan.FromMinutes(15);
        await using ApiHost host = await StartAsync(mirror: false);
        Assert.IsType<SigningDecision.Sign>(await SignsAsync(host));
        _time.Advance(TimeSpan.FromMinutes(16));
        Assert.IsType<SigningDecision.Unavailable>(await SignsAsync(host));
    }

    [Fact]
    public async Task A_resolver_that_does_not_answer_holds_nothing()
    {
        await using ApiHost host = await StartAsync(mirror: false);
        foreach (DomainName name in _dns.Names)
        {
            _resolver.Fail(name.ToString());
        }

        Assert.IsType<SigningDecision.Sign>(await SignsAsync(host));
    }

    [Theory]
    [InlineData("example.org", "sign")]
    [InlineData("sub.example.org", "sign")]
    [InlineData("deep.sub.example.org", "sign")]
    [InlineData("elsewhere.example", "not ours")]
    [InlineData("notexample.org", "not ours")]
    [InlineData("org", "not ours")]
    [InlineData("new.example", "wait")]                                         // ours since a moment ago
    public async Task The_domain_of_From_finds_its_keys(string from, string expected)
    {
        var own = new OwnDomains(DomainName.Parse("example.org"));
        await using ApiHost host = await StartAsync(own: own);
        own.All = [DomainName.Parse("example.org"), DomainName.Parse("new.example")];
        SigningDecision decision = await host.Services.GetRequiredService<ISigningKeys>().ForAsync(DomainName.Parse(from), default);
        Assert.Equal(expected, decision switch { SigningDecision.Sign => "sign", SigningDecision.NotOurs => "not ours", _ => "wait" });
    }

    [Fact]
    public async Task An_imported_key_signs_at_once_and_alone()
    {
        using var rsa = RSA.Create(2048);
        await using ApiHost host = await StartAsync(settings:
        [
            ("Ptt:Keys:Domains:src.test:Selector", "bench"), ("Ptt:Keys:Domains:src.test:Key", rsa.ExportRSAPrivateKeyPem()),
        ]);
        var decision = Assert.IsType<SigningDecision.Sign>(
            await host.Services.GetRequiredService<ISigningKeys>().ForAsync(DomainName.Parse("src.test"), default));
        Assert.Equal(("bench", "src.test"), (Assert.Single(decision.Keys).Selector, decision.Keys[0].Domain.ToString()));
        JsonElement keys = await host.Client().GetFromJsonAsync<JsonElement>("/api/v1/domains/src.test/keys");
        Assert.True(keys.GetProperty("pinned").GetBoolean());
        Assert.Equal(HttpStatusCode.Conflict, (await host.Client().PostAsync("/api/v1/domains/src.test/keys/rotate", null)).StatusCode);
    }

    [Fact]
    public async Task A_restart_signs_with_the_same_keys_before_DNS_was_asked()
    {
        using var directory = new TemporaryDirectory();
        string[] before;
        await using (ApiHost host = await StartAsync(directory: directory.Path))
        {
            before = Selectors(host.Services.GetRequiredService<KeyService>(), KeyState.Active);
        }

        _dns.Fault = "down";
        _dns.Down.Add(0);
        await using ApiHost again = await StartAsync(directory: directory.Path);
        var decision = Assert.IsType<SigningDecision.Sign>(await SignsAsync(again));
        Assert.Equal(before, decision.Keys.Select(k => k.Selector).Order());
    }

    private static string[] Selectors(KeyService service, KeyState state) =>
        [.. service.Find(DomainName.Parse("example.org"))!.Keys.Where(k => k.State == state).Select(k => k.Selector).Order()];

    private static ValueTask<SigningDecision> SignsAsync(ApiHost host) =>
        host.Services.GetRequiredService<ISigningKeys>().ForAsync(DomainName.Parse("example.org"), default);

    private async Task<ApiHost> StartAsync(
        string? directory = null, OwnDomains? own = null, bool mirror = true, params (string Key, string Value)[] settings)
    {
        ApiHost host = await ApiHost.StartAsync(builder =>
        {
            builder.AddKeys();
            builder.Services.AddSingleton<IOwnDomains>(own ?? new OwnDomains(DomainName.Parse("example.org")));
            builder.Services.AddSingleton<IResolver>(_resolver);
            builder.Services.AddSingleton<IKeyDns>(_dns);
        }, app => app.MapKeys(), directory, _time, [("Ptt:Keys:Algorithms:0", "ed25519"), .. settings]);
        await host.Services.GetRequiredService<KeyWorker>().RunAllAsync(default);
        if (mirror)
        {
            Mirror();
        }

        return host;
    }

    // The resolver learns what the primary shows.
    private void Mirror()
    {
        foreach (DomainName name in _dns.Names)
        {
            string text = _dns.Show(name, 0)!;
            _resolver.Remove(name.ToString());
            _resolver.Add($"{name} TXT {string.Join(' ', text.Chunk(255).Select(c => $"\"{new string(c)}\""))}");
        }
    }

    private sealed class OwnDomains(params DomainName[] domains) : IOwnDomains
    {
        public IReadOnlyCollection<DomainName> All { get; set; } = domains;

        public bool Contains(DomainName domain) => All.Contains(domain);

        public event Action? Changed
        {
            add { }
            remove { }
        }
    }
}
