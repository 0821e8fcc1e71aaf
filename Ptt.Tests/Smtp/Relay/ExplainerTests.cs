using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Relay;

public sealed class ExplainerTests
{
    [Fact]
    public async Task The_way_of_a_message_is_told_up_to_the_connection()
    {
        await using var relay = new RelayHarness(
            new StaticResolver("one.test MX 10 a.one.test", "one.test MX 20 b.one.test", "a.one.test A 10.0.0.1", "a.one.test A 8.8.8.8"), 25, o => o.AllowPrivateAddresses = false);
        Explanation said = await relay.Explainer.ExplainAsync(Mailbox.Parse("bob@one.test"), null, default);

        Assert.Equal(("mx", "one.test", 5), (said.Via, said.Provider, said.ConnectionLimit));
        Assert.Equal(["a.one.test", "b.one.test"], said.Hosts.Select(h => h.Name));
        Assert.Equal((TlsDemand.Opportunistic, "opportunistic"), (said.Hosts[0].Tls!.Value, said.Hosts[0].TlsDecidedBy));
        Assert.Equal(["10.0.0.1:25 no", "8.8.8.8:25 yes"], said.Hosts[0].Addresses.Select(a => $"{a.Address} {(a.NotNow is null ? "yes" : "no")}").Order());
        Assert.Equal("5.4.4", said.Hosts[1].Reply!.StatusText);
    }

    [Fact]
    public async Task A_domain_that_takes_no_mail_and_a_route_are_told_as_such()
    {
        await using var relay = new RelayHarness(new StaticResolver("one.test MX 0 ."), 25, o => o.Routes["two.test"] = "127.0.0.1:2525");
        Assert.Equal("5.1.10", (await relay.Explainer.ExplainAsync(Mailbox.Parse("bob@one.test"), null, default)).Reply!.StatusText);
        Explanation routed = await relay.Explainer.ExplainAsync(Mailbox.Parse("bob@two.test"), null, default);
        Assert.Equal(("route", "127.0.0.1:2525"), (routed.Via, routed.Hosts[0].Addresses[0].Address));
    }
}
