using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Dns.Updating;
using Ptt.Tests.Support;
using Ptt.Web.Domains;
using Ptt.Web.Domains.Updates;

namespace Ptt.Tests.Web.Domains;

/// <summary>From a name to its zone, primary and key, and to a record there, with a real named.</summary>
public sealed class ZoneUpdaterTests
{
    private static readonly DomainName Zone = DomainName.Parse("example.org");
    private static readonly DomainName Name = Zone.Below("s1._domainkey.mail");
    private static readonly TsigKey Key = TsigKey.Generate(DomainName.Parse("ptt._update.example.org"), TsigAlgorithm.HmacSha256);
    private static readonly TsigKey Plain = TsigKey.Generate(DomainName.Parse("plain"), TsigAlgorithm.HmacSha384);
    private static readonly TimeSpan Ttl = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_record_is_published_changed_and_removed_and_each_step_can_be_repeated()
    {
        await using NamedServer server = await NewServerAsync();
        ZoneUpdater updater = NewUpdater(server, o => { o.Server = server.EndPoint.ToString(); o.Key = Key.ToSecretText(); });

        for (int again = 0; again < 2; again++)
        {
            Assert.IsType<UpdateResult.Done>(await SetAsync(updater, [Txt("a")], []));
        }

        for (int again = 0; again < 2; again++)
        {
            Assert.IsType<UpdateResult.Done>(await SetAsync(updater, [Txt("b")], [Txt("a")]));
        }

        for (int again = 0; again < 2; again++)
        {
            Assert.IsType<UpdateResult.Done>(await SetAsync(updater, [], [Txt("b")]));
        }
    }

    [Fact]
    public async Task A_record_of_someone_else_is_neither_overwritten_nor_removed()
    {
        await using NamedServer server = await NewServerAsync();
        ZoneUpdater updater = NewUpdater(server, o => { o.Server = server.EndPoint.ToString(); o.Key = Key.ToSecretText(); });
        DomainName taken = Zone.Below("taken");

        Assert.True(Assert.IsType<UpdateResult.Failed>(await updater.SetAsync(taken, RecordType.Txt, Ttl, [Txt("ours")], [], CancellationToken.None)).IsDrift);
        Assert.True(Assert.IsType<UpdateResult.Failed>(await updater.SetAsync(taken, RecordType.Txt, Ttl, [], [Txt("ours")], CancellationToken.None)).IsDrift);
        Assert.Equal("theirs", Assert.IsType<DnsAnswer.Found>(await Resolver(server).QueryAsync(taken, RecordType.Txt, CancellationToken.None)).Data<RecordData.Txt>().Single().Text);
    }

    public static TheoryData<string, Action<DnsUpdateOptions, IPEndPoint>, string, string, string> Places => new()
    {
        { "the zone that the key's name tells", (o, server) => { o.Server = server.ToString(); o.Key = Key.ToSecretText(); }, "x.mail.example.org", "example.org", Key.Name.ToString() },
        { "the nearest SOA", (o, server) => { o.Server = server.ToString(); o.Key = Plain.ToSecretText(); }, "a.b.sub.example.org", "sub.example.org", "plain" },
        { "the SOA's primary", (o, _) => o.Key = Plain.ToSecretText(), "x.example.org", "example.org", "plain" },
        { "the configured zone", (o, server) => o.Zones["example.org"] = new() { Server = server.ToString(), Key = Plain.ToSecretText() }, "x.example.org", "example.org", "plain" },
        {
            "the longest configured zone", (o, server) =>
            {
                (o.Server, o.Key) = (server.ToString(), Key.ToSecretText());
                o.Zones["sub.example.org"] = new() { Key = Plain.ToSecretText() };
            }, "x.sub.example.org", "sub.example.org", "plain"
        },
        { "the end of an alias", (o, server) => { o.Server = server.ToString(); o.Key = Plain.ToSecretText(); }, "away.example.org", "sub.example.org", "plain" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task The_zone_is_found_as(string how, object configure, string name, string zone, string key)
    {
        await using NamedServer server = await NewServerAsync();
        ZoneUpdater updater = NewUpdater(server, o => ((Action<DnsUpdateOptions, IPEndPoint>)configure)(o, server.EndPoint));

        ZoneTarget target = await updater.FindAsync(DomainName.Parse(name), CancellationToken.None);
        var found = Assert.IsType<ZoneTarget.Updatable>(target);
        Assert.True((zone, key) == (found.Zone.ToString(), found.Key.Name.ToString()), $"{how}: {found}");
        Assert.Equal([server.EndPoint], found.Primary);
        Assert.Equal(name == "away.example.org" ? "there.sub.example.org" : name, found.Name.ToString());
    }

    [Fact]
    public async Task Without_a_key_a_person_has_to_enter_it()
    {
        await using NamedServer server = await NewServerAsync();
        ZoneUpdater updater = NewUpdater(server, _ => { });

        Assert.Equal(Zone, Assert.IsType<ZoneTarget.Manual>(await updater.FindAsync(Name, CancellationToken.None)).Zone);
        Assert.Equal(UpdateFailure.NotConfigured, Assert.IsType<UpdateResult.Failed>(await SetAsync(updater, [Txt("a")], [])).Reason);
    }

    [Fact]
    public async Task While_DNS_is_down_nobody_knows()
    {
        var finder = new ZoneFinder(
            new StaticResolver().Fail(Name.ToString()), Options.Create(new DnsOptions()), Options.Create(new DnsUpdateOptions { Key = Plain.ToSecretText() }), TimeProvider.System);

        Assert.IsType<ZoneTarget.Unknown>(await finder.FindAsync(Name, CancellationToken.None));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1:53")]
    [InlineData("192.0.2.1:5353", "192.0.2.1:5353")]
    [InlineData("2001:db8::1", "[2001:db8::1]:53")]
    [InlineData("[2001:db8::1]:5353", "[2001:db8::1]:5353")]
    [InlineData("ns.example.org", "ns.example.org:53")]
    [InlineData("ns.example.org:5353", "ns.example.org:5353")]
    [InlineData("ns.example.org:", null)]
    [InlineData("ns.example.org:0", null)]
    [InlineData("ns.example.org:99999", null)]
    [InlineData("a:b:c", null)]
    [InlineData("", null)]
    public void A_server_is_written_as_host_and_port(string text, string? read) =>
        Assert.Equal(read, ServerAddress.TryParse(text, out ServerAddress server) ? server.ToString() : null);

    [Fact]
    public void Every_fault_of_the_configuration_is_named_with_its_key()
    {
        var options = new DnsUpdateOptions { Server = "a:b:c", Key = "key:SHA1:c2VjcmV0" };
        options.Zones["no name"] = new() { Key = "nonsense", Server = "ns.example.org" };

        Assert.Equal(
            ["Ptt:Dns:Update:Server", "Ptt:Dns:Update:Key", "Ptt:Dns:Update:Zones:no name", "Ptt:Dns:Update:Zones:no name:Key"],
            new DnsUpdateOptionsValidator().Validate(null, options).Failures!.Select(f => f[..f.IndexOf(": ", StringComparison.Ordinal)]));
        Assert.Equal(["Ptt:Dns:Resolvers:1"], new DnsOptionsValidator().Validate(null, new DnsOptions { Resolvers = ["127.0.0.1", "localhost"] }).Failures!.Select(f => f[..f.IndexOf(": ", StringComparison.Ordinal)]));
    }

    private static Task<NamedServer> NewServerAsync() => NamedServer.StartPrimaryAsync(
        new Dictionary<string, string[]>
        {
            ["example.org"] = ["taken.example.org TXT \"theirs\"", "away.example.org CNAME there.sub.example.org", "sub.example.org NS ns.example.org"],
            ["sub.example.org"] = [],
        },
        [Key, Plain]);

    private static Resolver Resolver(NamedServer server) => new(new ResolverOptions { Servers = [server.EndPoint] }, TimeProvider.System);

    private static ZoneUpdater NewUpdater(NamedServer server, Action<DnsUpdateOptions> configure)
    {
        var options = new DnsUpdateOptions();
        configure(options);
        IOptions<DnsUpdateOptions> update = Options.Create(options);
        var finder = new ZoneFinder(Resolver(server), Options.Create(new DnsOptions { AuthorityPort = server.EndPoint.Port }), update, TimeProvider.System);
        return new ZoneUpdater(finder, update, TimeProvider.System, NullLogger<ZoneUpdater>.Instance);
    }

    private static RecordData.Txt Txt(string text) => new(text);

    private static async Task<UpdateResult> SetAsync(ZoneUpdater updater, RecordData[] wanted, RecordData[] previous) =>
        await updater.SetAsync(Name, RecordType.Txt, Ttl, wanted, previous, CancellationToken.None);
}
