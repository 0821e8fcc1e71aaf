using System.Net;
using Ptt.Dns;
using Ptt.Smtp.Client;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Relay.Pacing;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Relay.Pacing;

public sealed class PacingTests
{
    private readonly ManualTime _time = new();

    private static DeliveryAttempt Attempt(Reply reply, SmtpPhase phase = SmtpPhase.EndOfData)
    {
        var attempt = new DeliveryAttempt(1);
        attempt.Set(0, new AttemptReply(reply, phase));
        attempt.Records.Add(new AttemptRecord { StartedAt = default, Took = default, Host = "mx.test", Phase = phase.Name(), Reply = reply });
        return attempt;
    }

    [Theory]
    [InlineData("a.com", "a-com.mail.protection.outlook.com", "mail.protection.outlook.com")]
    [InlineData("a.com", "aspmx.l.google.com", "l.google.com")]
    [InlineData("a.com", "mx.a.com", "a.com")]
    [InlineData("a.com", "a.com", "a.com")]
    [InlineData("a.com", "mx.net", "a.com")]
    public void Domains_behind_the_same_kind_of_host_are_one_provider(string domain, string mx, string provider) =>
        Assert.Equal(provider, Pacer.Provider(new Destination(domain),
            new NextHosts.Found([new NextHost(mx, 25) { Domain = DomainName.Parse(mx) }], "mx")));

    [Fact]
    public void A_domain_with_limits_of_its_own_is_paced_by_itself_although_it_shares_its_provider()
    {
        var options = new RelayOptions();
        options.Rates["slow.com"] = "1/min";
        options.ConnectionLimits["l.google.com"] = 3;
        var pacer = new Pacer(options, _time);
        foreach (string domain in new[] { "slow.com", "a.com", "b.com" })
        {
            pacer.Learn(new Destination(domain), new NextHosts.Found([new NextHost("aspmx.l.google.com", 25) { Domain = DomainName.Parse("aspmx.l.google.com") }], "mx"));
        }

        Assert.Equal(["slow.com", "l.google.com", "l.google.com"], new[] { "slow.com", "a.com", "b.com" }.Select(d => pacer.KeyOf(new Destination(d))));
        Assert.Equal(3, pacer.LimitFor("l.google.com"));
        Assert.Null(pacer.TakeTurn("slow.com"));
        Assert.NotNull(pacer.TakeTurn("slow.com"));
        Assert.Null(pacer.TakeTurn("l.google.com"));
    }

    [Fact]
    public void Concurrency_grows_with_success_to_the_limit_and_is_halved_when_the_host_complains()
    {
        var pacer = new Pacer(new RelayOptions { MaxConnectionsPerDestination = 16 }, _time);
        Assert.Equal(5, pacer.LimitFor("p"));
        for (int i = 0; i < 100; i++)
        {
            pacer.Observe("p", Attempt(Mails.Accepted));
        }

        Assert.Equal(16, pacer.LimitFor("p"));
        for (int halving = 0; halving < 20; halving++)
        {
            pacer.Observe("p", Attempt(new Reply(421, new(7, 28), "unusual rate"), SmtpPhase.Mail));
            _time.Advance(TimeSpan.FromSeconds(6));
        }

        Assert.Equal(1, pacer.LimitFor("p"));
        pacer.Observe("p", Attempt(Mails.Accepted));
        Assert.Equal(2, pacer.LimitFor("p"));
        pacer.Observe("p", Attempt(Mails.Accepted));
        Assert.Equal(2, pacer.LimitFor("p"));                               // slowly, so soon after
        Assert.Equal(5, pacer.LimitFor("another"));
    }

    [Fact]
    public void Complaints_of_many_connections_at_one_moment_are_one_complaint()
    {
        var pacer = new Pacer(new RelayOptions(), _time);
        for (int i = 0; i < 15; i++)
        {
            pacer.Observe("p", Attempt(Mails.Accepted));
        }

        for (int i = 0; i < 20; i++)
        {
            pacer.Observe("p", Attempt(new Reply(421, new(7, 0), "too many connections"), SmtpPhase.Greeting));
        }

        Assert.Equal(10, pacer.LimitFor("p"));
    }

    [Fact]
    public void A_refusal_of_one_recipient_is_no_complaint_about_the_rate()
    {
        var pacer = new Pacer(new RelayOptions(), _time);
        pacer.Observe("p", Attempt(Mails.Greylisted, SmtpPhase.Rcpt));
        pacer.Observe("p", Attempt(Mails.NoSuchUser, SmtpPhase.Rcpt));
        Assert.Equal(5, pacer.LimitFor("p"));
    }

    [Fact]
    public void A_window_lets_so_many_messages_through_and_says_when_the_next_begins()
    {
        var options = new RelayOptions();
        options.Rates["p"] = "3/min";
        var pacer = new Pacer(options, _time);
        Assert.All(Enumerable.Range(0, 3), _ => Assert.Null(pacer.TakeTurn("p")));
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(TimeSpan.FromSeconds(40), pacer.TakeTurn("p"));
        Assert.Null(pacer.TakeTurn("q"));
        _time.Advance(TimeSpan.FromSeconds(40));
        Assert.Null(pacer.TakeTurn("p"));
    }

    [Theory]
    [InlineData("100/min", 100, 60)]
    [InlineData("5/s", 5, 1)]
    [InlineData("50/00:05:00", 50, 300)]
    [InlineData("1/d", 1, 86400)]
    public void A_rate_is_messages_in_a_window(string text, int messages, int seconds)
    {
        Assert.True(Rate.TryParse(text, out Rate rate));
        Assert.Equal(new Rate(messages, TimeSpan.FromSeconds(seconds)), rate);
    }

    [Theory]
    [InlineData("")]
    [InlineData("100")]
    [InlineData("0/min")]
    [InlineData("-1/min")]
    [InlineData("5/fortnight")]
    public void What_is_no_rate_is_refused(string text) => Assert.False(Rate.TryParse(text, out _));

    [Fact]
    public void A_host_that_fails_again_and_again_is_left_alone_for_longer_and_longer()
    {
        var memory = new HostMemory(_time);
        var host = new IPEndPoint(IPAddress.Loopback, 25);
        var refused = new Reply(451, new(4, 1), "connection refused");
        for (int i = 0; i < 50; i++)
        {
            memory.NotReached(host, refused);                               // many at once are one
        }

        Assert.Null(memory.CoolingDown(host));
        for (int i = 0; i < 2; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            memory.NotReached(host, refused);
        }

        Assert.Contains("connection refused", memory.CoolingDown(host)!.Text, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Null(memory.CoolingDown(host));
        memory.NotReached(host, refused);
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.NotNull(memory.CoolingDown(host));
        memory.Reached(host);
        Assert.Null(memory.CoolingDown(host));
    }
}
