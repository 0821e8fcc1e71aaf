using System.Net;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Tests.Support;
using Ptt.Web.Alarms;
using Ptt.Web.Domains.Posture.Spf;

namespace Ptt.Tests.Web.Domains.Posture;

public sealed class SpfTests
{
    private static readonly DomainName Domain = DomainName.Parse("example.org");

    [Theory]
    [InlineData("v=spf1 mx -all", "192.0.2.25", SpfResult.Pass, 1)]
    [InlineData("v=spf1 mx -all", "192.0.2.99", SpfResult.Fail, 1)]
    [InlineData("v=spf1 a:web.example.org ~all", "192.0.2.80", SpfResult.Pass, 1)]
    [InlineData("v=spf1 a:web.example.org/28 ~all", "192.0.2.90", SpfResult.Pass, 1)]
    [InlineData("v=spf1 a:web.example.org/28//64 ~all", "2001:db8::99", SpfResult.Pass, 1)]
    [InlineData("v=spf1 a:web.example.org ~all", "2001:db8::99", SpfResult.SoftFail, 1)]
    [InlineData("v=spf1 ip4:198.51.100.0/24 ip6:2001:db8:1::/48 ?all", "198.51.100.7", SpfResult.Pass, 0)]
    [InlineData("v=spf1 ip4:198.51.100.0/24 ip6:2001:db8:1::/48 ?all", "2001:db8:1::7", SpfResult.Pass, 0)]
    [InlineData("v=spf1 ip4:198.51.100.7 ?all", "198.51.100.8", SpfResult.Neutral, 0)]
    [InlineData("v=spf1 include:provider.test -all", "203.0.113.5", SpfResult.Pass, 2)]
    [InlineData("v=spf1 include:provider.test -all", "203.0.113.99", SpfResult.Fail, 2)]      // §5.2: the fail of an include is no match
    [InlineData("v=spf1 redirect=provider.test", "203.0.113.99", SpfResult.Fail, 2)]          // §6.1: the fail of a redirect is a fail
    [InlineData("v=spf1 include:nothing.test -all", "203.0.113.5", SpfResult.PermError, 1)]
    [InlineData("v=spf1 redirect=nothing.test", "203.0.113.5", SpfResult.PermError, 1)]
    [InlineData("v=spf1 include:two.test -all", "203.0.113.5", SpfResult.PermError, 1)]       // §4.5: two records
    [InlineData("v=spf1 include:circle.test -all", "203.0.113.5", SpfResult.PermError, 2)]
    [InlineData("v=spf1 include:down.test -all", "203.0.113.5", SpfResult.TempError, 1)]
    [InlineData("v=spf1 exists:web.example.org -all", "203.0.113.5", SpfResult.Pass, 1)]
    [InlineData("v=spf1 exists:%{i}.list.test -all", "203.0.113.5", SpfResult.Fail, 1)]
    [InlineData("v=spf1", "203.0.113.5", SpfResult.Neutral, 0)]                               // §4.7
    [InlineData("v=spf1 -ip4:192.0.2.25 mx -all", "192.0.2.25", SpfResult.Fail, 1)]
    [InlineData("v=SPF1 MX -ALL", "192.0.2.25", SpfResult.Pass, 1)]
    public async Task An_address_is_judged_as_a_receiver_would(string text, string address, SpfResult result, int lookups)
    {
        Assert.True(SpfRecord.TryParse(text, out SpfRecord? record, out Wording? fault), fault?.ToString());
        SpfEvaluation evaluation = NewEvaluation();

        Assert.Equal(result, await evaluation.EvaluateAsync(record, Domain, IPAddress.Parse(address), CancellationToken.None));
        Assert.Equal(lookups, evaluation.Lookups);
    }

    [Theory]
    [InlineData("v=spf1 nonsense -all")]
    [InlineData("v=spf1 include: -all")]
    [InlineData("v=spf1 all:x")]
    [InlineData("v=spf1 ip4 -all")]
    [InlineData("v=spf1 mx\u00e9 -all")]
    [InlineData("v=spf10 mx")]
    [InlineData("spf1 mx")]
    public void What_is_no_record_is_refused(string text) => Assert.False(SpfRecord.TryParse(text, out _, out _));

    [Theory]
    [InlineData("v=spf1 ip4:192.0.2.1 -all", "v=spf1 a:mail.example.net ip4:192.0.2.1 -all")]
    [InlineData("v=spf1  redirect=_spf.provider.test exp=%{d}.test", "v=spf1 a:mail.example.net redirect=_spf.provider.test exp=%{d}.test")]
    [InlineData("v=spf1 -all", "v=spf1 a:mail.example.net -all")]
    public void Our_mechanism_joins_and_nothing_else_changes(string before, string after)
    {
        Assert.True(SpfRecord.TryParse(before, out SpfRecord? record, out _));
        Assert.True(SpfTerm.TryParse("a:mail.example.net", out SpfTerm? ours));
        Assert.Equal(after, record.With(ours).ToString());
    }

    private static SpfEvaluation NewEvaluation()
    {
        var dns = new StaticResolver(
            "example.org MX 10 mx.example.org", "mx.example.org A 192.0.2.25", "web.example.org A 192.0.2.80", "web.example.org AAAA 2001:db8::1",
            "provider.test TXT \"v=spf1 include:net.provider.test -all\"", "net.provider.test TXT \"v=spf1 ip4:203.0.113.0/28 -all\"",
            "two.test TXT \"v=spf1 -all\"", "two.test TXT \"v=spf1 mx\"", "circle.test TXT \"v=spf1 include:circle.test -all\"").Fail("down.test");
        return new SpfEvaluation(dns, (domain, cancellationToken) => dns.QueryAsync(domain, RecordType.Txt, cancellationToken));
    }
}
