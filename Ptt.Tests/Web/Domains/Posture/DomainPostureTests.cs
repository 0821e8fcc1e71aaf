using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Updating;
using Ptt.Tests.Support;
using Ptt.Web.Configuration;
using Ptt.Web.Domains;
using Ptt.Web.Domains.Posture;

namespace Ptt.Tests.Web.Domains.Posture;

public sealed class DomainPostureTests : IDisposable
{
    private static readonly DomainName Domain = DomainName.Parse("example.org");

    private readonly StaticResolver _dns = new(
        "org SOA a.org h.org 1 1 1 1 60", "example.org SOA ns.example.org h.example.org 1 1 1 1 60", "example.org NS ns.example.org",
        "example.org MX 10 mx.example.org", "mail.example.net A 198.51.100.25", "25.100.51.198.in-addr.arpa PTR mail.example.net");

    private readonly TemporaryDirectory _directory = new();
    private readonly DomainOptions _options = new();
    private readonly StaticZones _zones;
    private readonly List<IExpectedRecords> _keepers = [];

    public DomainPostureTests() => _zones = new StaticZones(_dns);

    public void Dispose() => _directory.Dispose();

    [Theory]
    // SPF
    [InlineData(PostureKind.Spf, PostureState.Missing)]
    [InlineData(PostureKind.Spf, PostureState.Good, "example.org TXT \"v=spf1 a:mail.example.net -all\"")]
    [InlineData(PostureKind.Spf, PostureState.Good, "example.org TXT \"v=spf1 ip4:198.51.100.0/24 -all\"")]
    [InlineData(PostureKind.Spf, PostureState.Differs, "example.org TXT \"v=spf1 mx -all\"")]
    [InlineData(PostureKind.Spf, PostureState.Bad, "example.org TXT \"v=spf1 a:mail.example.net -all\"", "example.org TXT \"v=spf1 mx -all\"")]
    [InlineData(PostureKind.Spf, PostureState.Bad, "example.org TXT \"v=spf1 a:mail.example.net nonsense\"")]
    [InlineData(PostureKind.Spf, PostureState.Bad, "example.org TXT \"v=spf1 a:mail.example.net +all\"")]
    [InlineData(PostureKind.Spf, PostureState.Warning, "example.org TXT \"v=spf1 a:mail.example.net\"")]
    [InlineData(PostureKind.Spf, PostureState.Bad, "example.org TXT \"v=spf1 a:mail.example.net a a a a a a a a a a -all\"")]              // 11 look-ups
    [InlineData(PostureKind.Spf, PostureState.Warning, "example.org TXT \"v=spf1 a:mail.example.net a:x.test a:y.test a:z.test -all\"")]   // 3 void ones
    [InlineData(PostureKind.Spf, PostureState.Unknown, "example.org TXT \"v=spf1 include:down.test -all\"")]
    // DMARC
    [InlineData(PostureKind.Dmarc, PostureState.Missing)]
    [InlineData(PostureKind.Dmarc, PostureState.Good, "_dmarc.example.org TXT \"v=DMARC1; p=reject\"")]
    [InlineData(PostureKind.Dmarc, PostureState.Good, "_dmarc.example.org TXT \"v=DMARC1;p=none\"")]
    [InlineData(PostureKind.Dmarc, PostureState.Bad, "_dmarc.example.org TXT \"v=DMARC1; p=maybe\"")]
    [InlineData(PostureKind.Dmarc, PostureState.Bad, "_dmarc.example.org TXT \"v=DMARC1\"")]
    [InlineData(PostureKind.Dmarc, PostureState.Bad, "_dmarc.example.org TXT \"v=DMARC1; p=none\"", "_dmarc.example.org TXT \"v=DMARC1; p=reject\"")]
    [InlineData(PostureKind.Dmarc, PostureState.Missing, "_dmarc.example.org TXT \"something else\"")]
    [InlineData(PostureKind.Dmarc, PostureState.Good, "_dmarc.example.org TXT \"v=DMARC1; p=reject; rua=mailto:a@example.org\"")]
    [InlineData(PostureKind.Dmarc, PostureState.Warning, "_dmarc.example.org TXT \"v=DMARC1; p=reject; rua=mailto:a@reports.test\"")]
    [InlineData(PostureKind.Dmarc, PostureState.Good, "_dmarc.example.org TXT \"v=DMARC1; p=reject; rua=mailto:a@reports.test!10m\"", "example.org._report._dmarc.reports.test TXT \"v=DMARC1\"")]
    // The others
    [InlineData(PostureKind.TlsReporting, PostureState.Advice)]
    [InlineData(PostureKind.TlsReporting, PostureState.Good, "_smtp._tls.example.org TXT \"v=TLSRPTv1; rua=mailto:a@example.org\"")]
    [InlineData(PostureKind.TlsReporting, PostureState.Bad, "_smtp._tls.example.org TXT \"v=TLSRPTv1\"")]
    [InlineData(PostureKind.MtaSts, PostureState.Advice)]
    [InlineData(PostureKind.MtaSts, PostureState.Bad, "_mta-sts.example.org TXT \"v=STSv1; id=1\"")]
    [InlineData(PostureKind.MtaSts, PostureState.Good, "_mta-sts.example.org TXT \"v=STSv1; id=1\"", "mta-sts.example.org A 198.51.100.1")]
    [InlineData(PostureKind.MtaSts, PostureState.Bad, "_mta-sts.example.org TXT \"v=STSv1; id=a-b\"")]
    [InlineData(PostureKind.Submissions, PostureState.Advice)]
    [InlineData(PostureKind.Submissions, PostureState.Good, "_submissions._tcp.example.org SRV 0 1 465 mail.example.net")]
    [InlineData(PostureKind.Submissions, PostureState.Good, "_submissions._tcp.example.org SRV 0 1 465 other.example.net")]
    [InlineData(PostureKind.Caa, PostureState.Advice)]
    [InlineData(PostureKind.Caa, PostureState.Good, "org CAA 0 issue \"ca.test\"")]
    [InlineData(PostureKind.Mx, PostureState.Good)]
    [InlineData(PostureKind.Mx, PostureState.Bad, "- example.org MX", "example.org MX 0 .")]
    [InlineData(PostureKind.Mx, PostureState.Bad, "- example.org MX")]
    [InlineData(PostureKind.Mx, PostureState.Advice, "- example.org MX", "example.org A 198.51.100.1")]
    [InlineData(PostureKind.Dnssec, PostureState.Advice)]
    [InlineData(PostureKind.Dnssec, PostureState.Good, "example.org DNSKEY \\# 1 00", "example.org DS \\# 1 00")]
    [InlineData(PostureKind.Dnssec, PostureState.Warning, "example.org DNSKEY \\# 1 00")]
    [InlineData(PostureKind.Dnssec, PostureState.Bad, "example.org DS \\# 1 00")]
    [InlineData(PostureKind.Hostname, PostureState.Good)]
    [InlineData(PostureKind.Hostname, PostureState.Bad, "- mail.example.net A")]
    [InlineData(PostureKind.ReverseDns, PostureState.Good)]
    [InlineData(PostureKind.ReverseDns, PostureState.Bad, "- 25.100.51.198.in-addr.arpa PTR")]
    [InlineData(PostureKind.ReverseDns, PostureState.Bad, "- 25.100.51.198.in-addr.arpa PTR", "25.100.51.198.in-addr.arpa PTR other.test")]
    [InlineData(PostureKind.ReverseDns, PostureState.Advice, "- 25.100.51.198.in-addr.arpa PTR", "25.100.51.198.in-addr.arpa PTR other.test", "other.test A 198.51.100.25")]
    [InlineData(PostureKind.BlockList, PostureState.Bad, "25.100.51.198.zen.spamhaus.org A 127.0.0.2", "25.100.51.198.zen.spamhaus.org TXT \"spam\"")]
    [InlineData(PostureKind.BlockList, PostureState.Bad, "example.org.dbl.spamhaus.org A 127.0.1.2")]
    [InlineData(PostureKind.BlockList, PostureState.Advice, "25.100.51.198.zen.spamhaus.org A 127.255.255.254")]
    public async Task Each_subject_is_judged(PostureKind kind, PostureState state, params string[] world)
    {
        _dns.Fail("down.test");
        foreach (string line in world)
        {
            if (line.Split(' ') is ["-", var name, var type] && RecordText.TryParseType(type, out RecordType of))
            {
                _dns.Remove(name, of);
            }
            else
            {
                _dns.Add(line);
            }
        }

        PostureItem item = await ItemAsync(kind);
        Assert.True(state == item.State, $"{item.State}: {item.Text}");
        Assert.NotEqual("", item.Text);
        Assert.True(item.Advice is not null || item.State is PostureState.Good or PostureState.Unknown or PostureState.Advice || item.Text.Length > 20, item.ToString());
    }

    [Fact]
    public async Task A_silent_DNS_is_no_news()
    {
        _dns.Fail("example.org").Fail("_dmarc.example.org").Fail("_smtp._tls.example.org").Fail("25.100.51.198.in-addr.arpa");
        foreach (PostureKind kind in new[] { PostureKind.Spf, PostureKind.Dmarc, PostureKind.TlsReporting, PostureKind.Mx, PostureKind.Caa, PostureKind.Dnssec, PostureKind.ReverseDns })
        {
            Assert.Equal(PostureState.Unknown, (await ItemAsync(kind)).State);
        }
    }

    [Fact]
    public async Task A_sub_domain_has_the_DMARC_policy_of_its_parent()
    {
        _dns.Add("_dmarc.example.org TXT \"v=DMARC1; p=reject\"");

        DomainReport report = await NewPosture().CheckAsync(DomainName.Parse("news.example.org"), CancellationToken.None);
        Assert.Equal(PostureState.Good, report.Items.Single(i => i.Kind == PostureKind.Dmarc).State);
    }

    [Fact]
    public async Task The_plan_is_applied_and_then_nothing_is_left_to_do()
    {
        _options.ReportAddress = "reports@example.org";
        DomainPosture posture = NewPosture();
        DomainReport plan = await posture.CheckAsync(Domain, CancellationToken.None);
        Assert.Equal(
            ["_dmarc.example.org", "_smtp._tls.example.org", "_submission._tcp.example.org", "_submissions._tcp.example.org", "example.org"],
            plan.Plan.Select(c => c.Name.ToString()).Order());
        Assert.Equal(0, _zones.Updates);

        AppliedChanges applied = await posture.ApplyAsync(Domain, null, "ada", CancellationToken.None);
        Assert.All(applied.Changes, c => Assert.IsType<UpdateResult.Done>(c.Result));
        Assert.Empty(applied.After.Plan);
        Assert.Equal("v=spf1 a:mail.example.net ~all", await TextAsync("example.org"));
        Assert.Equal("v=DMARC1; p=none; rua=mailto:reports@example.org", await TextAsync("_dmarc.example.org"));
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_applied()
    {
        AppliedChanges applied = await NewPosture().ApplyAsync(Domain, [PostureKind.Dmarc], "ada", CancellationToken.None);

        Assert.Equal(PostureKind.Dmarc, Assert.Single(applied.Changes).Kind);
        Assert.Equal(1, _zones.Updates);
    }

    [Fact]
    public async Task In_the_SPF_record_of_someone_else_only_our_mechanism_is_added_and_their_other_texts_stay()
    {
        _dns.Add("example.org TXT \"v=spf1 include:_spf.provider.test -all\"", "example.org TXT \"site-verification=1\"", "_spf.provider.test TXT \"v=spf1 ip4:203.0.113.0/24 -all\"");
        DomainPosture posture = NewPosture();

        await posture.ApplyAsync(Domain, [PostureKind.Spf], "ada", CancellationToken.None);
        var found = Assert.IsType<Ptt.Dns.Resolving.DnsAnswer.Found>(await _dns.QueryAsync(Domain, RecordType.Txt, CancellationToken.None));
        Assert.Equal(["site-verification=1", "v=spf1 a:mail.example.net include:_spf.provider.test -all"], found.Data<RecordData.Txt>().Select(t => t.Text).Order());
    }

    [Theory]
    [InlineData("include:_spf.provider.test -all", "v=spf1 ip4:198.51.100.25 include:_spf.provider.test -all")]
    [InlineData("ip4:198.51.100.25 include:_spf.provider.test -all", "v=spf1 ip4:198.51.100.25 include:_spf.provider.test -all")]
    public async Task Our_mechanism_is_replaced_when_the_configuration_names_another(string theirs, string after)
    {
        _dns.Add("_spf.provider.test TXT \"v=spf1 ip4:203.0.113.0/24 -all\"", $"example.org TXT \"v=spf1 {theirs}\"");
        if (!theirs.StartsWith("ip4", StringComparison.Ordinal))
        {
            await NewPosture().ApplyAsync(Domain, [PostureKind.Spf], "ada", CancellationToken.None);
            Assert.StartsWith("v=spf1 a:mail.example.net ", await TextAsync("example.org"), StringComparison.Ordinal);
        }

        _options.SpfMechanism = "ip4:198.51.100.25";
        Assert.Equal(theirs.StartsWith("ip4", StringComparison.Ordinal) ? PostureState.Good : PostureState.Differs, (await ItemAsync(PostureKind.Spf)).State);
        await NewPosture().ApplyAsync(Domain, [PostureKind.Spf], "ada", CancellationToken.None);
        Assert.Equal(after, await TextAsync("example.org"));
        Assert.Equal(PostureState.Good, (await ItemAsync(PostureKind.Spf)).State);
    }

    [Fact]
    public async Task What_someone_else_wrote_is_never_changed()
    {
        _dns.Add("_dmarc.example.org TXT \"v=DMARC1; p=maybe\"", "_submissions._tcp.example.org SRV 0 1 465 other.test");

        DomainReport report = await NewPosture().CheckAsync(Domain, CancellationToken.None);
        Assert.Null(report.Items.Single(i => i.Kind == PostureKind.Dmarc).Change);
        Assert.Null(report.Items.Single(i => i.Kind == PostureKind.Submissions).Change);
    }

    [Fact]
    public async Task What_we_wrote_may_be_replaced_also_after_a_restart()
    {
        await NewPosture().ApplyAsync(Domain, [PostureKind.Dmarc], "ada", CancellationToken.None);
        _options.DmarcPolicy = "reject";

        PostureItem item = await ItemAsync(PostureKind.Dmarc);
        Assert.Equal(PostureState.Differs, item.State);
        await NewPosture().ApplyAsync(Domain, [PostureKind.Dmarc], "ada", CancellationToken.None);
        Assert.Equal("v=DMARC1; p=reject", await TextAsync("_dmarc.example.org"));
    }

    [Fact]
    public async Task What_we_wrote_and_someone_changed_is_theirs()
    {
        await NewPosture().ApplyAsync(Domain, [PostureKind.Dmarc], "ada", CancellationToken.None);
        _dns.Remove("_dmarc.example.org").Add("_dmarc.example.org TXT \"v=DMARC1; p=quarantine\"");
        _options.DmarcPolicy = "reject";

        PostureItem item = await ItemAsync(PostureKind.Dmarc);
        Assert.Equal((PostureState.Good, null), (item.State, item.Change));
    }

    [Fact]
    public async Task A_refused_change_is_explained_and_not_remembered_as_ours()
    {
        _zones.Refusal = UpdateFailure.Refused;
        AppliedChanges applied = await NewPosture().ApplyAsync(Domain, [PostureKind.Dmarc], "ada", CancellationToken.None);

        Assert.Equal(UpdateFailure.Refused, Assert.IsType<UpdateResult.Failed>(Assert.Single(applied.Changes).Result).Reason);
        Assert.Equal(PostureState.Missing, applied.After.Items.Single(i => i.Kind == PostureKind.Dmarc).State);
    }

    [Theory]
    [InlineData(true, PostureState.Missing)]
    [InlineData(false, PostureState.Advice)]
    [InlineData(true, PostureState.Good, "s1._domainkey.example.org TXT \"v=DKIM1; p=ours\"")]
    [InlineData(true, PostureState.Differs, "s1._domainkey.example.org TXT \"v=DKIM1; p=theirs\"")]
    [InlineData(true, PostureState.Bad, "s1._domainkey.example.org TXT \"v=DKIM1; p=ours\"", "s1._domainkey.example.org TXT \"v=DKIM1; p=theirs\"")]
    public async Task Keys_are_compared_but_changed_only_by_their_keeper(bool isNeeded, PostureState state, params string[] world)
    {
        _dns.Add(world);
        _keepers.Add(new OneKey(new ExpectedRecord(Domain.Below("s1._domainkey"), RecordType.Txt, new RecordData.Txt("v=DKIM1; p=ours"), "The active key", isNeeded)));

        PostureItem item = await ItemAsync(PostureKind.Dkim);
        Assert.Equal((state, null), (item.State, item.Change));
    }

    [Fact]
    public void Texts_for_people_fit_zone_files_and_forms()
    {
        var text = ManualText.Of(Domain.Below("s1._domainkey"), RecordType.Txt, TimeSpan.FromHours(1), new RecordData.Txt(new string('k', 300)), Domain);

        Assert.Equal($"s1._domainkey.example.org. 3600 IN TXT \"{new string('k', 255)}\" \"{new string('k', 45)}\"", text.Bind);
        Assert.Equal(("s1._domainkey", "TXT", new string('k', 300)), (text.Host, text.Type, text.Value));
        Assert.Equal("@", ManualText.Of(Domain, RecordType.Txt, TimeSpan.FromHours(1), new RecordData.Txt("x"), Domain).Host);
        Assert.Equal("example.org", ManualText.Of(Domain, RecordType.Txt, TimeSpan.FromHours(1), new RecordData.Txt("x")).Host);
    }

    [Theory]
    [InlineData("198.51.100.25", "25.100.51.198.in-addr.arpa")]
    [InlineData("2001:db8::567:89ab", "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]   // RFC 3596 §2.5
    public void An_address_has_a_reverse_name(string address, string name) => Assert.Equal(name, DomainName.ReverseOf(System.Net.IPAddress.Parse(address)).ToString());

    private async Task<PostureItem> ItemAsync(PostureKind kind) =>
        (await NewPosture().CheckAsync(Domain, CancellationToken.None)).Items.First(i => i.Kind == kind);

    private async Task<string> TextAsync(string name) =>
        Assert.IsType<Ptt.Dns.Resolving.DnsAnswer.Found>(await _dns.QueryAsync(DomainName.Parse(name), RecordType.Txt, CancellationToken.None)).Data<RecordData.Txt>().Single().Text;

    private DomainPosture NewPosture()
    {
        IOptions<DomainOptions> options = Options.Create(_options);
        var addresses = new OwnAddresses(_dns, options, Options.Create(new PttOptions { Hostname = "mail.example.net" }));
        var owned = new OwnedRecords(new DataDirectory(_directory.Path), new ManualTime());
        var zones = new OwnZoneReader(_zones, _zones, _dns);
        var comparison = new Comparison(zones, owned, options);
        IPostureCheck[] checks =
        [
            new MxPosture(_dns), new SpfPosture(_dns, zones, addresses, comparison, owned, options), new KeptPosture(_keepers, zones), new DmarcPosture(comparison, zones, _dns, options),
            new TlsReportingPosture(comparison, options), new MtaStsPosture(comparison, addresses), new SubmissionPosture(comparison, addresses, options), new CaaPosture(_dns),
            new DnssecPosture(_dns), new AddressPosture(_dns, addresses, options),
        ];
        return new DomainPosture(checks, owned, _zones, new ManualTime());
    }

    private sealed class OneKey(ExpectedRecord record) : IExpectedRecords
    {
        public IEnumerable<ExpectedRecord> For(DomainName domain) => [record];
    }
}
