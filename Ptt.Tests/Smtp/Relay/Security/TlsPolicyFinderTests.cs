using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Relay.Security;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Relay.Security;

public sealed class TlsPolicyFinderTests
{
    private const string Good = "_25._tcp.mx.one.test TLSA 3 1 1 " + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Unusable = "_25._tcp.mx.one.test TLSA 1 1 1 " + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Enforce = "version: STSv1\nmode: enforce\nmx: mx.one.test\nmax_age: 86400\n";
    private const string EnforceOther = "version: STSv1\nmode: enforce\nmx: other.test\nmax_age: 86400\n";
    private const string Testing = "version: STSv1\nmode: testing\nmx: other.test\nmax_age: 86400\n";

    /// <summary>TLSA zone line, DNSSEC, MTA-STS policy, the envelope's wish -> demand and who decided, or the status it is passed over with.</summary>
    public static TheoryData<string, bool, string, string, string> Rules => new()
    {
        { "", false, "", "", "Opportunistic opportunistic" },
        { Good, true, "", "", "Dane dane" },
        { Good, false, "", "", "Opportunistic opportunistic" },                         // unsigned TLSA records are nobody's word
        { Unusable, true, "", "", "Encrypted dane" },                                   // RFC 7672 §2.2
        { "fail", true, "", "", "4.7.5 dane" },                                         // bogus: wait, never fall back
        { "", true, "", "", "Opportunistic opportunistic" },
        { "", false, Enforce, "", "Verified mta-sts" },
        { "", false, EnforceOther, "", "4.7.5 mta-sts" },
        { "", false, Testing, "", "Opportunistic mta-sts testing" },
        { Good, true, EnforceOther, "", "Dane dane" },                                  // RFC 8461 §2: MTA-STS does not override DANE
        { "fail", true, Enforce, "", "4.7.5 dane" },
        { "", false, "", "requiretls", "Verified requiretls" },
        { Good, true, "", "requiretls", "Dane dane" },
        { Unusable, true, "", "requiretls", "Verified requiretls" },
        { "", false, Testing, "requiretls", "Verified requiretls" },
        { "", false, EnforceOther, "no", "Opportunistic tls-required-no" },             // RFC 8689 §3
        { Good, true, "", "no", "Opportunistic tls-required-no" },
        { "", false, "", "no", "Opportunistic opportunistic" },
        { Good, true, Enforce, "configured", "None configured" },
    };

    [Theory, MemberData(nameof(Rules))]
    public async Task One_rule_decides_about_a_host(string tlsa, bool signed, string policy, string wish, string expected)
    {
        string[] zone = ["mx.one.test A 192.0.2.1", .. tlsa.Length > 0 && tlsa != "fail" ? [tlsa] : Array.Empty<string>(), "_mta-sts.one.test TXT \"v=STSv1; id=1\""];
        var resolver = new StaticResolver(policy.Length > 0 ? zone : zone[..^1]) { Authenticated = signed };
        if (tlsa == "fail")
        {
            resolver.Fail("_25._tcp.mx.one.test");
        }

        var options = new RelayOptions();
        if (wish == "configured")
        {
            options.TlsPolicies["one.test"] = TlsDemand.None;
        }

        var sts = new StsPolicies(resolver, new Fetcher { Text = policy }, new ManualTime(), NullLogger<StsPolicies>.Instance);
        TlsDecision decision = await new TlsPolicyFinder(resolver, sts, options).DecideAsync(
            new Destination("one.test"), new NextHost("mx.one.test", 25) { Domain = DomainName.Parse("mx.one.test"), Authenticated = signed }, new HostAddresses.Found([], signed),
            Mails.Envelope("b@one.test") with { RequireTls = wish == "requiretls" }, () => ValueTask.FromResult(wish == "no"), default);

        Assert.Equal(expected, decision switch
        {
            TlsDecision.Use use => $"{use.Policy.Demand} {use.Policy.DecidedBy}",
            TlsDecision.Skip skip => $"{skip.Reply.StatusText} {skip.DecidedBy}",
            _ => "",
        });
    }

    [Fact]
    public async Task A_name_with_no_room_for_more_labels_has_no_policies_and_faults_nothing()
    {
        string name = string.Join('.', new string('a', 63), new string('b', 63), new string('c', 63), new string('d', 56) + ".test");
        var resolver = new StaticResolver { Authenticated = true };
        var sts = new StsPolicies(resolver, new Fetcher { Text = Enforce }, new ManualTime(), NullLogger<StsPolicies>.Instance);
        TlsDecision decision = await new TlsPolicyFinder(resolver, sts, new RelayOptions()).DecideAsync(
            new Destination(name), new NextHost(name, 25) { Domain = DomainName.Parse(name), Authenticated = true }, new HostAddresses.Found([], true),
            Mails.Envelope("b@one.test"), () => ValueTask.FromResult(false), default);
        Assert.Equal("opportunistic", Assert.IsType<TlsDecision.Use>(decision).Policy.DecidedBy);
    }

    [Theory]
    [InlineData(TlsDemand.Encrypted, false, "Encrypted route False")]
    [InlineData(TlsDemand.Opportunistic, true, "Encrypted route True")]
    [InlineData(TlsDemand.Verified, true, "Verified route True")]
    public async Task A_smart_host_has_its_own_policy(TlsDemand demand, bool isImplicit, string expected)
    {
        var options = new RelayOptions();
        options.SmartHosts["smart.test"] = new SmartHostOptions { Tls = demand, ImplicitTls = isImplicit };
        var finder = new TlsPolicyFinder(new StaticResolver(), null, options);
        var use = Assert.IsType<TlsDecision.Use>(await finder.DecideAsync(new Destination("one.test"), new NextHost("smart.test", 465) { Trusted = true }, new HostAddresses.Found([], false),
            Mails.Envelope("b@one.test"), () => ValueTask.FromResult(false), default));
        Assert.Equal(expected, $"{use.Policy.Demand} {use.Policy.DecidedBy} {use.Policy.Implicit}");
    }

    internal sealed class Fetcher : IStsFetcher
    {
        public string? Text { get; set; }

        public int Fetches { get; private set; }

        public System.Security.Cryptography.X509Certificates.X509Certificate2Collection? TrustAnchors => null;

        public ValueTask<StsFetch> FetchAsync(DomainName domain, CancellationToken cancellationToken)
        {
            Fetches++;
            return ValueTask.FromResult(Text is null ? new StsFetch(null, "down") : new StsFetch(Text, null));
        }
    }
}
