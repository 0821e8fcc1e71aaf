using System.Net;
using System.Net.Sockets;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Relay.Sources;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Relay.Sources;

public sealed class SourceAddressesTests
{
    private readonly ManualTime _time = new();

    private DateOnly Today => DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime);

    private static Source At(string address, string? name = null) => new(name ?? address, IPAddress.Parse(address), "helo.test");

    private static Delivery Delivery(string sender = "ada@example.test", int attempt = 1) => new()
    {
        Id = default, Destination = new Destination("one.test"), Envelope = Mails.Envelope("bob@one.test", sender), Recipients = [], Size = 1, AcceptedAt = default, Attempt = attempt, Lease = 1,
    };

    /// <summary>One message's way: taken, used, given back. The address it left from; null where it must wait.</summary>
    private static string? Send(SourceAddresses sources, string provider = "p", string sender = "ada@example.test", int attempt = 1)
    {
        using SourceLease? lease = sources.Take(Delivery(sender, attempt), provider);
        Source? source = lease!.For(AddressFamily.InterNetwork);
        lease.Use(source?.Address);
        return lease.NotNow is null ? source!.Address.ToString() : null;
    }

    [Fact]
    public async Task Mail_leaves_from_the_address_of_its_sender_and_says_that_address_s_name()
    {
        await using var server = new ScriptedServer();
        await using var relay = new RelayHarness(new StaticResolver("one.test MX 10 mx.one.test", "mx.one.test A 127.0.0.1"), server.EndPoint.Port, o =>
        {
            o.Sources["a"] = new SourceOptions { Address = "127.0.0.21", HeloName = "a.example.test" };
            o.Sources["b"] = new SourceOptions { Address = "127.0.0.22", HeloName = "b.example.test", Domains = ["shop.test"] };
        });
        Assert.Equal(Verdict.Delivered, (await relay.DeliverAsync("bob@one.test")).Replies[0].Verdict);
        Assert.Equal(Verdict.Delivered, (await relay.DeliverAsync("bob@one.test", with: d => d with { Envelope = Mails.Envelope("bob@one.test", "news@shop.test") })).Replies[0].Verdict);
        Assert.Equal(Verdict.Delivered, (await relay.DeliverAsync("bob@one.test")).Replies[0].Verdict);

        Assert.Equal(["127.0.0.21", "127.0.0.22"], server.Clients.Select(c => c.ToString()));     // the third over the first one's connection
        Assert.Equal(["EHLO a.example.test", "EHLO b.example.test"], server.Commands.Where(c => c.StartsWith("EHLO", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_may_not_leave_now_is_given_back_and_no_attempt_is_told()
    {
        await using var server = new ScriptedServer();
        await using var relay = new RelayHarness(new StaticResolver("one.test MX 10 mx.one.test", "mx.one.test A 127.0.0.1"), server.EndPoint.Port,
            o => o.Sources["a"] = new SourceOptions { Address = "127.0.0.21", PerDay = 1 }, _time);
        Assert.Null((await relay.DeliverAsync("bob@one.test")).NotBegun);
        DeliveryAttempt second = await relay.DeliverAsync("bob@one.test");
        Assert.True(second.NotBegun > TimeSpan.FromMinutes(1) && second.NotBegun <= TimeSpan.FromDays(1));
        Assert.Equal("4.3.2", second.Replies[0].Reply.StatusText);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public void A_warm_up_takes_first_attempts_up_to_the_day_s_ceiling_for_each_provider()
    {
        var sources = new SourceAddresses([At("127.0.0.1", "warm"), At("127.0.0.2", "new") with { WarmingSince = Today }], [2, 4], _time);
        Assert.Equal(["127.0.0.2", "127.0.0.2", "127.0.0.1"], Enumerable.Range(0, 3).Select(_ => Send(sources)));
        Assert.Equal("127.0.0.2", Send(sources, "another"));
        Assert.Equal("127.0.0.1", Send(sources, "a third", attempt: 2));                          // a retry goes by the address that is known

        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(4, Enumerable.Range(0, 6).Count(_ => Send(sources) == "127.0.0.2"));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Null(Assert.Single(sources.Explain("example.test", "p"), s => s.Source.Name == "new").Ceiling);      // past the schedule it is warm
    }

    [Fact]
    public void Without_a_warm_address_what_is_too_much_waits_for_the_next_day()
    {
        var sources = new SourceAddresses([At("127.0.0.2") with { WarmingSince = Today }], [1, 5], _time);
        Assert.Equal("127.0.0.2", Send(sources));
        using SourceLease? none = sources.Take(Delivery(), "p");
        Assert.True(none!.NotNow!.Value.Wait <= TimeSpan.FromDays(1));
        _time.Advance(none.NotNow.Value.Wait);
        Assert.Equal("127.0.0.2", Send(sources));
    }

    [Fact]
    public void A_sender_keeps_to_its_address_and_senders_are_spread()
    {
        var sources = new SourceAddresses([At("127.0.0.1"), At("127.0.0.2"), At("127.0.0.3")], [], _time);
        string?[] first = [.. Enumerable.Range(0, 60).Select(n => Send(sources, sender: $"ada@d{n}.test"))];
        Assert.Equal(first, Enumerable.Range(0, 60).Select(n => Send(sources, sender: $"ada@d{n}.test")));
        Assert.All(first.GroupBy(a => a), g => Assert.InRange(g.Count(), 8, 40));
        Assert.Equal(3, first.Distinct().Count());
    }

    [Fact]
    public void An_address_has_so_many_deliveries_at_once_and_no_more()
    {
        var sources = new SourceAddresses([At("127.0.0.1") with { MaxConnections = 2 }], [], _time);
        using SourceLease? a = sources.Take(Delivery(), "p");
        SourceLease? b = sources.Take(Delivery(), "p");
        using (SourceLease? c = sources.Take(Delivery(), "p"))
        {
            Assert.True(c!.NotNow!.Value.Wait < TimeSpan.FromMinutes(1));
        }

        b!.Dispose();
        Assert.Equal("127.0.0.1", Send(sources));
    }

    [Fact]
    public void What_never_reached_a_host_does_not_count()
    {
        var sources = new SourceAddresses([At("127.0.0.1") with { PerDay = 1 }], [], _time);
        sources.Take(Delivery(), "p")!.Dispose();
        Assert.Equal("127.0.0.1", Send(sources));
        Assert.Null(Send(sources));
    }

    [Fact]
    public void A_restart_forgets_nothing_of_the_day()
    {
        Source source = At("127.0.0.1") with { PerDay = 3 };
        var before = new SourceAddresses([source], [], _time);
        Send(before);
        Send(before);
        var after = new SourceAddresses([source], [], _time, new Ledger(before.Counts()));
        Assert.Equal("127.0.0.1", Send(after));
        Assert.Null(Send(after));
    }

    [Fact]
    public void A_sender_without_sources_leaves_it_to_the_system()
    {
        var sources = new SourceAddresses([At("127.0.0.1") with { Domains = ["shop.test"] }], [], _time);
        Assert.Null(sources.Take(Delivery(), "p"));
        Assert.NotNull(sources.Take(Delivery("news@shop.test"), "p"));
    }

    private sealed class Ledger(IReadOnlyList<SourceCount> counts) : ISourceLedger
    {
        public IReadOnlyList<SourceCount> Load(DateOnly day) => counts;
    }
}
