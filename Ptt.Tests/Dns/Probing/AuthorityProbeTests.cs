using System.Net;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Probing;
using Ptt.Dns.Resolving;
using Ptt.Dns.Updating;
using Ptt.Tests.Support;

namespace Ptt.Tests.Dns.Probing;

/// <summary>Proof before use, with a real primary and a real secondary at two addresses of this machine.</summary>
public sealed class AuthorityProbeTests
{
    private static readonly DomainName Zone = DomainName.Parse("example.org");
    private static readonly DomainName Name = Zone.Below("s1._domainkey");
    private static readonly RecordData Ours = new RecordData.Txt("v=DKIM1; p=ours");
    private static readonly TsigKey Key = TsigKey.Generate(DomainName.Parse("ptt._update.example.org"), TsigAlgorithm.HmacSha256);
    private static readonly IPAddress Second = IPAddress.Parse("127.0.0.2");
    private static readonly string[] TwoServers =
    [
        "example.org NS ns1.example.org", "example.org NS ns2.example.org", "ns1.example.org A 127.0.0.1", "ns2.example.org A 127.0.0.2",
        "away._domainkey.example.org CNAME here.example.org",
    ];

    [Fact]
    public async Task A_lagging_secondary_holds_the_proof_back_and_is_named()
    {
        await using NamedServer primary = await NewPrimaryAsync(TwoServers);
        await using KnotServer secondary = await KnotServer.StartSecondaryAsync(Zone.ToString(), primary.EndPoint, new IPEndPoint(Second, primary.EndPoint.Port));
        await WaitAsync(primary, r => r.Servers.All(s => s.View is ServerView.Denies));

        await PublishAsync(primary.EndPoint);
        ProbeReport lagging = await ProbeAsync(primary);
        Assert.False(lagging.Proves([Ours]));
        (ServerEvidence server, string reason) = Assert.Single(lagging.Against([Ours]));
        Assert.Equal(("ns2.example.org", Second), (server.Server.ToString(), server.Address));
        Assert.Contains("serial", reason, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(60), lagging.NegativeTtl);

        // The secondary learns of it as it would in life: by a NOTIFY.
        await NotifyAsync(secondary.EndPoint);
        ProbeReport proven = await WaitAsync(primary, r => r.Proves([Ours]));
        Assert.Equal(2, proven.Servers.Count);
        Assert.All(proven.Servers, s => Assert.True(s.View.Serial >= proven.PrimarySerial));
        Assert.False(proven.Proves([new RecordData.Txt("v=DKIM1; p=another")]));
        Assert.False(proven.Proves([]));
    }

    [Fact]
    public async Task A_dead_secondary_holds_the_proof_back()
    {
        await using NamedServer primary = await NewPrimaryAsync(TwoServers);
        await PublishAsync(primary.EndPoint);

        ProbeReport report = await ProbeAsync(primary);
        Assert.False(report.Proves([Ours]));
        Assert.Equal("ns2.example.org", Assert.Single(report.Against([Ours])).Server.Server.ToString());
    }

    [Fact]
    public async Task A_secondary_that_does_not_know_the_zone_holds_the_proof_back()
    {
        await using NamedServer primary = await NewPrimaryAsync(TwoServers);
        await using KnotServer lame = await KnotServer.StartSecondaryAsync("other.test", primary.EndPoint, new IPEndPoint(Second, primary.EndPoint.Port));
        await PublishAsync(primary.EndPoint);

        Assert.Contains("REFUSED", Assert.Single((await ProbeAsync(primary)).Against([Ours])).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_record_at_the_name_is_no_proof()
    {
        await using NamedServer primary = await NewPrimaryAsync(["s1._domainkey.example.org TXT \"v=DKIM1; p=stranger\""]);
        await PublishAsync(primary.EndPoint);

        Assert.Contains("stranger", Assert.Single((await ProbeAsync(primary)).Against([Ours])).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alias_is_followed_and_is_part_of_the_proof()
    {
        await using NamedServer primary = await NewPrimaryAsync(["away._domainkey.example.org CNAME here.example.org", "here.example.org TXT \"v=DKIM1; p=ours\""]);

        ProbeReport report = await NewProbe(primary).ProbeAsync(Zone.Below("away._domainkey"), RecordType.Txt, [primary.EndPoint], CancellationToken.None);
        Assert.True(report.Proves([Ours]));
        Assert.Equal(["here.example.org", null], report.Servers.Select(s => s.Alias?.ToString()));
    }

    [Fact]
    public async Task Knot_is_asked_as_well()
    {
        await using KnotServer server = await KnotServer.StartAsync(Zone.ToString(), Key);
        await PublishAsync(server.EndPoint);

        ProbeReport report = await NewProbe(server.EndPoint).ProbeAsync(Name, RecordType.Txt, [server.EndPoint], CancellationToken.None);
        Assert.True(report.Proves([Ours]), string.Join("; ", report.Against([Ours]).Select(a => a.Reason)));
    }

    [Fact]
    public async Task Without_DNS_nothing_is_proven()
    {
        ProbeReport report = await new AuthorityProbe(new StaticResolver().Fail("example.org").Fail(Name.ToString()), TimeProvider.System, new AuthorityProbeOptions(53, TimeSpan.FromSeconds(1)))
            .ProbeAsync(Name, RecordType.Txt, null, CancellationToken.None);

        Assert.NotNull(report.Fault);
        Assert.False(report.Proves([]));
    }

    [Theory]
    [InlineData(1u, 2u, true)]
    [InlineData(2u, 2u, false)]
    [InlineData(3u, 2u, false)]
    [InlineData(4294967295u, 5u, true)]    // RFC 1982: serials go round
    [InlineData(5u, 4294967295u, false)]
    public void A_serial_is_older_by_the_arithmetic_of_serials(uint theirs, uint primarys, bool held)
    {
        var report = new ProbeReport(
            Name, RecordType.Txt, Zone, DateTimeOffset.UnixEpoch,
            [new ServerEvidence(Zone, IPAddress.Loopback, new ServerView.Shows([new ResourceRecord(Name, RecordType.Txt, TimeSpan.Zero, Ours)], theirs))], primarys, TimeSpan.Zero, null);

        Assert.Equal(!held, report.Proves([Ours]));
    }

    private static Task<NamedServer> NewPrimaryAsync(string[] lines) =>
        NamedServer.StartPrimaryAsync(new Dictionary<string, string[]> { [Zone.ToString()] = lines }, [Key], "notify no;");

    private static async Task PublishAsync(IPEndPoint server) => Assert.IsType<UpdateResult.Done>(await new UpdateClient(TimeProvider.System).SendAsync(
        new ZoneUpdate(Zone, [], [new ZoneChange.Add(new ResourceRecord(Name, RecordType.Txt, TimeSpan.FromMinutes(5), Ours))]), server, Key, CancellationToken.None));

    private static AuthorityProbe NewProbe(NamedServer primary) => NewProbe(primary.EndPoint);

    /// <summary>The primary itself stands in for a resolver: it knows the whole of this little world.</summary>
    private static AuthorityProbe NewProbe(IPEndPoint primary) => new(
        new Resolver(new ResolverOptions { Servers = [primary] }, TimeProvider.System), TimeProvider.System, new AuthorityProbeOptions(primary.Port, TimeSpan.FromSeconds(10)));

    private static async Task<ProbeReport> ProbeAsync(NamedServer primary) => await NewProbe(primary).ProbeAsync(Name, RecordType.Txt, [primary.EndPoint], CancellationToken.None);

    private static async Task<ProbeReport> WaitAsync(NamedServer primary, Func<ProbeReport, bool> until)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (true)
        {
            ProbeReport report = await ProbeAsync(primary);
            if (until(report))
            {
                return report;
            }

            await Task.Delay(50, limit.Token);
        }
    }

    /// <summary>RFC 1996.</summary>
    private static async Task NotifyAsync(IPEndPoint secondary) => await new Ptt.Dns.Transport.DnsTransport(TimeProvider.System).TcpAsync(
        secondary, new DnsMessage { Opcode = Opcode.Notify, IsAuthoritative = true, Questions = [new Question(Zone, RecordType.Soa)] }, TimeSpan.FromSeconds(10), CancellationToken.None);
}
