using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Relay;

public sealed class DelivererTests
{
    private static string[] Zone => ["one.test MX 10 a.mx.test", "one.test MX 20 b.mx.test", "a.mx.test A 127.0.0.2", "b.mx.test A 127.0.0.3"];

    /// <summary>Two hosts, a preferred; the second has the first one's port on another address.</summary>
    private static (ScriptedServer A, ScriptedServer B) Pair()
    {
        while (true)
        {
            var a = new ScriptedServer("127.0.0.2");
            try
            {
                return (a, new ScriptedServer("127.0.0.3", a.EndPoint.Port));
            }
            catch (System.Net.Sockets.SocketException)
            {
                // The port was taken there: another one.
            }
        }
    }

    [Fact]
    public async Task The_preferred_host_gets_the_message_and_the_attempt_is_told()
    {
        (ScriptedServer a, ScriptedServer b) = Pair();
        await using var _ = a;
        await using var __ = b;
        await using var relay = new RelayHarness(new StaticResolver(Zone), a.EndPoint.Port);
        DeliveryAttempt attempt = await relay.DeliverAsync("bob@one.test");

        Assert.Equal(Verdict.Delivered, attempt.Replies[0].Verdict);
        Assert.Equal((1, 0), (a.Mails.Count, b.Mails.Count));
        AttemptRecord record = Assert.Single(attempt.Records);
        Assert.Equal(("a.mx.test", "end-of-data", "opportunistic", (string?)null), (record.Host, record.Phase, record.TlsPolicy, record.Tls));
        Assert.Equal(a.EndPoint.ToString(), record.Address);
        Assert.Equal("EHLO relay.test", a.Commands.First());
    }

    /// <summary>What the preferred host does; whether the other gets the message then; the verdict.</summary>
    public static TheoryData<string, string, bool, Verdict> Behaviours => new()
    {
        { "(greeting)", "554 5.3.2 No service", true, Verdict.Delivered },
        { "(greeting)", "421 4.3.2 Busy", true, Verdict.Delivered },
        { "(greeting)", "!close", true, Verdict.Delivered },
        { "(greeting)", "SSH-2.0-OpenSSH", true, Verdict.Delivered },
        { "EHLO", "421 4.3.2 Busy", true, Verdict.Delivered },
        { "EHLO", "!close", true, Verdict.Delivered },
        { "MAIL", "421 4.3.2 Busy", true, Verdict.Delivered },
        { "MAIL", "451 4.3.0 Trouble", true, Verdict.Delivered },
        { "MAIL", "550 5.7.1 Not you", false, Verdict.Fail },
        { "MAIL", "!close", true, Verdict.Delivered },
        { "RCPT", "!close", true, Verdict.Delivered },
        { "RCPT", "421 4.3.2 Busy", true, Verdict.Delivered },
        { "RCPT", "451 4.7.1 Greylisted", false, Verdict.Defer },
        { "RCPT", "550 5.1.1 No such user", false, Verdict.Fail },
        { "RCPT", "552 5.2.2 Mailbox full", false, Verdict.Fail },
        { "RCPT", "552 Too many", false, Verdict.Defer },
        { "DATA", "451 4.3.0 Trouble", false, Verdict.Defer },
        { "DATA", "554 5.6.0 No", false, Verdict.Fail },
        { ".", "451 4.3.0 Trouble", false, Verdict.Defer },
        { ".", "421 4.3.2 Busy", false, Verdict.Defer },
        { ".", "554 5.7.1 Spam", false, Verdict.Fail },
        { ".", "!close", false, Verdict.Defer },                     // it may have the message: a copy elsewhere is worse than a delay
        { ".", "299 5.0.0 What", false, Verdict.Delivered },
        { ".", "354 What", false, Verdict.Defer },
    };

    [Theory, MemberData(nameof(Behaviours))]
    public async Task What_a_host_does_decides_for_the_message_or_for_the_next_host(string at, string answer, bool otherGetsIt, Verdict verdict)
    {
        (ScriptedServer a, ScriptedServer b) = Pair();
        await using var _ = a;
        await using var __ = b;
        a.Extensions = ["PIPELINING"];
        a.On = c => c.StartsWith(at, StringComparison.Ordinal) ? answer : null;
        await using var relay = new RelayHarness(new StaticResolver(Zone), a.EndPoint.Port);
        DeliveryAttempt attempt = await relay.DeliverAsync("bob@one.test");

        Assert.Equal((otherGetsIt, verdict), (b.Mails.Count == 1, attempt.Replies[0].Verdict));
        Assert.Equal(otherGetsIt ? 2 : 1, attempt.Records.Count);
        Assert.Equal(at == "." && answer == "!close", attempt.Records[0].PerhapsDelivered);
    }

    [Fact]
    public async Task A_host_that_is_down_costs_nothing_but_a_line_in_the_trace()
    {
        (ScriptedServer a, ScriptedServer b) = Pair();
        await a.DisposeAsync();
        await using var _ = b;
        await using var relay = new RelayHarness(new StaticResolver(Zone), b.EndPoint.Port);
        DeliveryAttempt attempt = await relay.DeliverAsync("bob@one.test");
        Assert.Equal(["connect", "end-of-data"], attempt.Records.Select(r => r.Phase));
        Assert.Equal(Verdict.Delivered, attempt.Replies[0].Verdict);
    }

    [Fact]
    public async Task Every_host_down_defers()
    {
        var a = new ScriptedServer("127.0.0.2");
        await a.DisposeAsync();
        await using var relay = new RelayHarness(new StaticResolver(Zone), a.EndPoint.Port);
        DeliveryAttempt attempt = await relay.DeliverAsync("bob@one.test");
        Assert.Equal((Verdict.Defer, "4.4.1"), (attempt.Replies[0].Verdict, attempt.Replies[0].Reply.StatusText));
    }

    [Fact]
    public async Task No_more_than_five_addresses_and_two_sessions_are_tried()
    {
        await using var server = new ScriptedServer { On = c => c.StartsWith("MAIL", StringComparison.Ordinal) ? "451 4.3.0 Trouble" : null };
        string[] zone = [.. Enumerable.Range(1, 9).SelectMany(i => new[] { $"one.test MX {i} m{i}.test", $"m{i}.test A 127.0.0.1" })];
        await using var relay = new RelayHarness(new StaticResolver(zone), server.EndPoint.Port);
        Assert.Equal(2, (await relay.DeliverAsync("bob@one.test")).Records.Count);

        server.On = c => c == "(greeting)" ? "554 No" : null;
        await using var another = new RelayHarness(new StaticResolver(zone), server.EndPoint.Port);
        Assert.Equal(5, (await another.DeliverAsync("bob@one.test")).Records.Count);
    }

    [Fact]
    public async Task Each_recipient_has_its_own_verdict()
    {
        await using var server = new ScriptedServer
        {
            On = c => c.StartsWith("RCPT TO:<no", StringComparison.Ordinal) ? "550 5.1.1 No such user" : c.StartsWith("RCPT TO:<later", StringComparison.Ordinal) ? "450 4.2.1 Later" : null,
        };
        await using var relay = new RelayHarness(new StaticResolver("one.test A 127.0.0.1"), server.EndPoint.Port);
        DeliveryAttempt attempt = await relay.DeliverAsync("a@one.test no@one.test later@one.test b@one.test");
        Assert.Equal([Verdict.Delivered, Verdict.Fail, Verdict.Defer, Verdict.Delivered], attempt.Replies.Select(r => r.Verdict));
        Assert.Equal("one.test", attempt.Replies[1].RemoteHost);
    }

    [Theory]
    [InlineData("452 4.5.3 Too many recipients")]
    [InlineData("552 Too many recipients")]
    public async Task Recipients_past_the_hosts_limit_go_in_the_next_transaction(string answer)
    {
        int inThis = 0;
        await using var server = new ScriptedServer();
        server.On = c =>
        {
            inThis = c.StartsWith("MAIL", StringComparison.Ordinal) ? 0 : inThis;
            return c.StartsWith("RCPT", StringComparison.Ordinal) && inThis++ >= 3 ? answer : null;
        };
        await using var relay = new RelayHarness(new StaticResolver("one.test A 127.0.0.1"), server.EndPoint.Port);
        DeliveryAttempt attempt = await relay.DeliverAsync(string.Join(' ', Enumerable.Range(0, 10).Select(i => $"r{i}@one.test")));
        Assert.All(attempt.Replies, r => Assert.Equal(Verdict.Delivered, r.Verdict));
        Assert.Equal([3, 3, 3, 1], server.Mails.Select(m => m.RcptTo.Count));
        Assert.Equal(1, server.Connections);
    }

    public static TheoryData<string[], string, string> Unroutable => new()
    {
        { ["one.test MX 0 ."], "bob@one.test", "556 5.1.10" },
        { [], "bob@one.test", "550 5.1.2" },
        { ["one.test TXT x"], "bob@one.test", "550 5.1.2" },                     // neither MX nor address
        { ["one.test MX 10 a.test"], "bob@one.test", "451 4.4.4" },              // an MX without an address may be mended
        { ["one.test MX 10 relay.test"], "bob@one.test", "550 5.4.6" },
        { [], "bob@[127.0.0.1]", "550 5.1.3" },
    };

    [Theory, MemberData(nameof(Unroutable))]
    public async Task What_has_no_way_is_told_without_a_connection(string[] zone, string recipient, string expected)
    {
        await using var server = new ScriptedServer();
        await using var relay = new RelayHarness(new StaticResolver(zone), server.EndPoint.Port);
        DeliveryAttempt attempt = await relay.DeliverAsync(recipient);
        Assert.Equal(expected, $"{attempt.Replies[0].Reply.Code} {attempt.Replies[0].Reply.StatusText}");
        Assert.Null(attempt.Replies[0].RemoteHost);
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task DNS_trouble_with_one_host_weighs_more_than_the_lack_of_another()
    {
        var resolver = new StaticResolver("one.test MX 10 none.test", "one.test MX 20 dark.test").Fail("dark.test");
        await using var relay = new RelayHarness(resolver, 25);
        Assert.Equal("4.4.3", (await relay.DeliverAsync("bob@one.test")).Replies[0].Reply.StatusText);
    }

    [Fact]
    public async Task An_address_literal_is_delivered_where_that_is_allowed()
    {
        await using var server = new ScriptedServer();
        await using var relay = new RelayHarness(new StaticResolver(), server.EndPoint.Port, o => o.AllowAddressLiterals = true);
        Assert.Equal(Verdict.Delivered, (await relay.DeliverAsync("bob@[127.0.0.1]")).Replies[0].Verdict);
    }

    [Fact]
    public async Task A_private_address_in_DNS_is_not_connected_to()
    {
        await using var server = new ScriptedServer();
        await using var relay = new RelayHarness(new StaticResolver("one.test A 127.0.0.1"), server.EndPoint.Port, o => o.AllowPrivateAddresses = false);
        DeliveryAttempt attempt = await relay.DeliverAsync("bob@one.test");
        Assert.Equal((Verdict.Defer, "4.4.4"), (attempt.Replies[0].Verdict, attempt.Replies[0].Reply.StatusText));
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task A_route_asks_no_DNS_and_its_address_may_be_private()
    {
        await using var server = new ScriptedServer();
        await using var relay = new RelayHarness(new StaticResolver(), 25, o =>
        {
            o.AllowPrivateAddresses = false;
            o.Routes["*"] = server.EndPoint.ToString();
        });
        Assert.Equal(Verdict.Delivered, (await relay.DeliverAsync("bob@one.test")).Replies[0].Verdict);
    }

    [Fact]
    public async Task An_administrators_reroute_and_verdict_come_before_everything()
    {
        await using var server = new ScriptedServer();
        await using var relay = new RelayHarness(new StaticResolver(), 25);
        Assert.Equal(Verdict.Delivered, (await relay.DeliverAsync("bob@one.test", with: d => d with { Reroute = server.EndPoint.ToString() })).Replies[0].Verdict);
        DeliveryAttempt decided = await relay.DeliverAsync("bob@one.test", with: d => d with { Reroute = server.EndPoint.ToString(), Verdict = new Reply(550, new(7, 1), "Dropped") });
        Assert.Equal(Verdict.Fail, decided.Replies[0].Verdict);
        Assert.Single(server.Mails);
    }

    [Fact]
    public async Task A_suppressed_recipient_gets_nothing_and_the_others_do()
    {
        await using var server = new ScriptedServer();
        await using var relay = new RelayHarness(new StaticResolver("one.test A 127.0.0.1"), server.EndPoint.Port, suppressions: new Suppressed("no@one.test"));
        DeliveryAttempt attempt = await relay.DeliverAsync("a@one.test no@one.test b@one.test");
        Assert.Equal([Verdict.Delivered, Verdict.Fail, Verdict.Delivered], attempt.Replies.Select(r => r.Verdict));
        Assert.Equal(["RCPT TO:<a@one.test>", "RCPT TO:<b@one.test>"], Assert.Single(server.Mails).RcptTo);
    }

    [Fact]
    public async Task A_host_whose_TLS_is_broken_gets_the_message_in_the_clear_at_the_next_attempt_and_not_before()
    {
        await using var server = new ScriptedServer { Certificate = Certificates.Server("one.test"), BreaksTls = true };
        await using var relay = new RelayHarness(new StaticResolver("one.test A 127.0.0.1"), server.EndPoint.Port);
        DeliveryAttempt first = await relay.DeliverAsync("bob@one.test");
        Assert.Equal((Verdict.Defer, "starttls"), (first.Replies[0].Verdict, first.Records[0].Phase));
        DeliveryAttempt second = await relay.DeliverAsync("bob@one.test", attempt: 2);
        Assert.Equal((Verdict.Delivered, "none"), (second.Replies[0].Verdict, second.Records[0].TlsPolicy));
    }

    [Fact]
    public async Task REQUIRETLS_mail_does_not_go_to_a_host_without_TLS()
    {
        await using var server = new ScriptedServer();
        await using var relay = new RelayHarness(new StaticResolver("one.test A 127.0.0.1"), server.EndPoint.Port);
        DeliveryAttempt attempt = await relay.DeliverAsync("bob@one.test", with: d => d with { Envelope = d.Envelope with { RequireTls = true } });
        Assert.Equal(Verdict.Defer, attempt.Replies[0].Verdict);
        Assert.Empty(server.Mails);
    }

    [Fact]
    public async Task Many_messages_go_over_one_connection()
    {
        await using var server = new ScriptedServer();
        await using var relay = new RelayHarness(new StaticResolver("one.test A 127.0.0.1"), server.EndPoint.Port);
        for (int i = 0; i < 50; i++)
        {
            await relay.DeliverAsync("bob@one.test");
        }

        Assert.Equal((50, 1), (server.Mails.Count, server.Connections));
    }

    private sealed class Suppressed(string address) : ISuppressions
    {
        public string? ReasonFor(Mailbox recipient) => recipient.ToString() == address ? "it does not exist" : null;
    }
}
