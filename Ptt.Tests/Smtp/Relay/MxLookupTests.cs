using Ptt.Dns;
using Ptt.Dns.Resolving;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Relay;

public sealed class MxLookupTests
{
    private static async Task<string> FindAsync(StaticResolver resolver, string domain = "one.test", int seed = 1) =>
        await new MxLookup(resolver, [DomainName.Parse("relay.test")], new Random(seed)).FindAsync(DomainName.Parse(domain), default) switch
        {
            MxAnswer.Hosts hosts => string.Join(' ', hosts.InOrder.Select(h => h.Name)),
            MxAnswer.Nobody nobody => $"{nobody.Reply.Code} {nobody.Reply.StatusText}",
            _ => "",
        };

    public static TheoryData<string[], string> Rules => new()
    {
        { ["one.test MX 20 b.test", "one.test MX 10 a.test", "one.test MX 30 c.test"], "a.test b.test c.test" },
        { ["one.test A 192.0.2.1"], "one.test" },                                               // RFC 5321 §5.1: implicit MX
        { ["one.test MX 0 ."], "556 5.1.10" },                                                  // RFC 7505 §3
        { ["one.test MX 0 .", "one.test MX 10 a.test"], "a.test" },
        { [], "550 5.1.2" },
        { ["one.test MX 10 a.test", "one.test MX 20 relay.test", "one.test MX 20 b.test", "one.test MX 30 c.test"], "a.test" },
        { ["one.test MX 10 relay.test", "one.test MX 20 b.test"], "550 5.4.6" },
        { ["one.test MX 10 RELAY.test"], "550 5.4.6" },
        { ["one.test MX 10 192.0.2.1", "one.test MX 20 b.test"], "b.test" },                    // an address is no host name
        { ["one.test MX 10 192.0.2.1"], "451 4.4.4" },
        { ["one.test MX 10 a.test", "one.test MX 5 a.test"], "a.test" },
    };

    [Theory, MemberData(nameof(Rules))]
    public async Task Finds_the_hosts_in_their_order(string[] zone, string expected) => Assert.Equal(expected, await FindAsync(new StaticResolver(zone)));

    [Theory]
    [InlineData(DnsFailure.Timeout)]
    [InlineData(DnsFailure.ServerFailure)]
    [InlineData(DnsFailure.Refused)]
    [InlineData(DnsFailure.Malformed)]
    [InlineData(DnsFailure.Unreachable)]
    [InlineData(DnsFailure.Loop)]
    public async Task No_answer_from_DNS_never_ends_a_message(DnsFailure failure) =>
        Assert.Equal("451 4.4.3", await FindAsync(new StaticResolver().Fail("one.test", failure)));

    [Fact]
    public async Task Hosts_of_equal_preference_take_turns_and_none_is_lost()
    {
        var resolver = new StaticResolver("one.test MX 10 a.test", "one.test MX 10 b.test", "one.test MX 10 c.test", "one.test MX 5 first.test");
        var orders = new HashSet<string>();
        for (int seed = 0; seed < 60; seed++)
        {
            string order = await FindAsync(resolver, seed: seed);
            Assert.StartsWith("first.test ", order, StringComparison.Ordinal);
            Assert.Equal(["a.test", "b.test", "c.test"], order.Split(' ').Skip(1).Order());
            orders.Add(order);
        }

        Assert.Equal(6, orders.Count);
    }

    [Fact]
    public async Task Our_own_domain_without_MX_comes_back_to_us() =>
        Assert.Equal("550 5.4.6", await FindAsync(new StaticResolver("relay.test A 192.0.2.1"), "relay.test"));
}
