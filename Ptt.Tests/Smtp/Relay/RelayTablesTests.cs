using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Relay;

/// <summary>The relay's pure decisions, as tables.</summary>
public sealed class RelayTablesTests
{
    [Theory]
    [InlineData(250, null, SmtpPhase.EndOfData, Verdict.Delivered)]
    [InlineData(250, null, SmtpPhase.Rcpt, Verdict.Defer)]
    [InlineData(354, null, SmtpPhase.EndOfData, Verdict.Defer)]
    [InlineData(450, null, SmtpPhase.Rcpt, Verdict.Defer)]
    [InlineData(451, null, SmtpPhase.EndOfData, Verdict.Defer)]
    [InlineData(421, null, SmtpPhase.EndOfData, Verdict.Defer)]
    [InlineData(452, "5.3", SmtpPhase.Rcpt, Verdict.Defer)]
    [InlineData(550, "1.1", SmtpPhase.Rcpt, Verdict.Fail)]
    [InlineData(550, "7.1", SmtpPhase.Mail, Verdict.Fail)]
    [InlineData(554, null, SmtpPhase.Data, Verdict.Fail)]
    [InlineData(552, "3.4", SmtpPhase.EndOfData, Verdict.Fail)]
    [InlineData(552, null, SmtpPhase.Rcpt, Verdict.Defer)]              // RFC 5321 §4.5.3.1.10
    [InlineData(552, "5.3", SmtpPhase.Rcpt, Verdict.Defer)]
    [InlineData(552, "2.2", SmtpPhase.Rcpt, Verdict.Fail)]
    [InlineData(554, null, SmtpPhase.Greeting, Verdict.Defer)]          // refused to us, not to this message
    [InlineData(550, null, SmtpPhase.Ehlo, Verdict.Defer)]
    [InlineData(535, null, SmtpPhase.Auth, Verdict.Defer)]
    [InlineData(550, "1.2", SmtpPhase.Resolve, Verdict.Fail)]
    [InlineData(556, "1.10", SmtpPhase.Resolve, Verdict.Fail)]
    public void A_reply_means_one_thing_in_each_phase(int code, string? status, SmtpPhase phase, Verdict verdict)
    {
        EnhancedStatusCode? enhanced = status?.Split('.') is [{ } subject, { } detail] ? new(int.Parse(subject), int.Parse(detail)) : null;
        Assert.Equal(verdict, Verdicts.Of(new Reply(code, enhanced, "x"), phase));
    }

    [Theory]
    [InlineData(1, 0.5, 2)]
    [InlineData(2, 0.5, 5)]
    [InlineData(6, 0.5, 120)]
    [InlineData(7, 0.5, 240)]
    [InlineData(1000, 0.5, 240)]
    [InlineData(7, 0.0, 216)]
    [InlineData(7, 0.99999, 264)]
    public void The_schedule_is_quick_at_first_and_then_patient(int attempt, double dice, int minutes) =>
        Assert.Equal(minutes, new RetrySchedule().WaitAfter(attempt, dice).TotalMinutes, 0.01);

    [Theory]
    [InlineData("one.test", "exact")]
    [InlineData("a.one.test", "below")]
    [InlineData("a.b.one.test", "deeper")]
    [InlineData("two.test", "rest")]
    [InlineData("[192.0.2.1]", "rest")]
    [InlineData("münchen.test", "idn")]
    public void The_longest_route_wins(string domain, string host)
    {
        var table = new RouteTable(new Dictionary<string, string>
        {
            ["One.Test"] = "exact:1", [".one.test"] = "below:2", [".b.one.test"] = "deeper:3", ["*"] = "rest:4", ["münchen.test"] = "idn:5",
        });
        Assert.Equal(host, table.Find(Destination.Of(Ptt.Mail.Mailbox.Parse("x@" + domain)))?.Host);
    }

    [Theory]
    [InlineData("mx.test:2525", "mx.test", 2525)]
    [InlineData("mx.test", "mx.test", 25)]
    [InlineData("192.0.2.1:26", "192.0.2.1", 26)]
    [InlineData("192.0.2.1", "192.0.2.1", 25)]
    [InlineData("[2001:db8::1]:26", "2001:db8::1", 26)]
    [InlineData("[2001:db8::1]", "2001:db8::1", 25)]
    public void A_route_is_a_host_and_a_port(string text, string host, int port)
    {
        Assert.True(Route.TryParse(text, out Route? route));
        Assert.Equal((host, port), (route.Host, route.Port));
        Assert.True(Route.TryParse(route.ToString(), out Route? again));
        Assert.Equal(route, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b:25")]
    [InlineData("mx.test:0")]
    [InlineData("mx.test:70000")]
    [InlineData("mx.test:x")]
    [InlineData("a:b:c")]
    public void What_is_no_route_is_refused(string text) => Assert.False(Route.TryParse(text, out _));

    [Theory]
    [InlineData("550 5.1.1 No such user", ReplyCause.UnknownUser)]
    [InlineData("550 Unknown user bob", ReplyCause.UnknownUser)]
    [InlineData("550 5.7.1 Recipient address rejected: User unknown in virtual mailbox table", ReplyCause.UnknownUser)]
    [InlineData("450 4.2.0 <bob>: Recipient address rejected: Greylisted, see http://postgrey", ReplyCause.Greylisted)]
    [InlineData("421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume", ReplyCause.RateLimited)]
    [InlineData("421 4.7.28 Our system has detected an unusual rate of unsolicited mail", ReplyCause.RateLimited)]
    [InlineData("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", ReplyCause.BlockListed)]
    [InlineData("550 5.7.26 Unauthenticated email is not accepted", ReplyCause.Authentication)]
    [InlineData("550 5.7.1 SPF check failed", ReplyCause.Authentication)]
    [InlineData("452 4.2.2 Over quota", ReplyCause.MailboxFull)]
    [InlineData("552 5.2.2 Mailbox full", ReplyCause.MailboxFull)]
    [InlineData("554 5.7.1 Spam message rejected", ReplyCause.Content)]
    [InlineData("554 5.7.1 Relay access denied", ReplyCause.Policy)]
    [InlineData("552 5.3.4 Message too big", ReplyCause.TooBig)]
    [InlineData("556 5.1.10 null MX", ReplyCause.UnknownDomain)]
    [InlineData("451 4.4.1 Connecting failed", ReplyCause.Network)]
    [InlineData("451 4.4.3 DNS gave no answer", ReplyCause.Dns)]
    [InlineData("451 4.7.5 TLS handshake failed", ReplyCause.Tls)]
    [InlineData("451 4.3.0 Temporary server error", ReplyCause.RemoteTrouble)]
    [InlineData("550 Nope", ReplyCause.Unknown)]
    public void Words_have_a_cause_and_every_cause_has_advice(string reply, ReplyCause cause)
    {
        var octets = new System.Buffers.ReadOnlySequence<byte>(System.Text.Encoding.ASCII.GetBytes(reply + "\r\n"));
        Assert.Equal(ReplyParse.Complete, ReplyReader.TryRead(ref octets, out Reply? parsed));
        Assert.Equal(cause, ReplyCauses.Of(parsed!));
        Assert.EndsWith(".", ReplyCauses.Advice(cause), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("550 5.1.1 <bob>: spam or not, no such user", "There is no such mailbox at that domain.")]
    [InlineData("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", "The other side does not trust this machine's address: it stands in a block list or has a bad name.")]
    [InlineData("450 4.2.0 <bob>: Recipient address rejected: Greylisted", "The other side puts off what comes from a sender it does not know; a later try is taken (greylisting).")]
    [InlineData("451 4.7.5 TLS handshake failed: alert", "The other side must be reached under encryption, and that could not be had: see the words.")]
    [InlineData("451 4.7.5 The message cannot be signed now, try again later", "No key could sign for the domain of From.")]
    [InlineData("550 No such user", "There is no such mailbox at that domain.")]
    [InlineData("554 5.7.1 <x>: rejected", "The other side does not want this sender or this message: reputation, or its policy.")]
    [InlineData("451", "The other side asks to try again later; a first contact is often put off so (greylisting).")]
    [InlineData("571 Nope", "The other side refused it for good.")]
    [InlineData("250 2.0.0 OK", null)]
    [InlineData("perhaps", null)]
    [InlineData("", null)]
    public void Words_mean_something_to_the_administrator(string reply, string? meaning) => Assert.Equal(meaning, ReplyMeaning.Of(reply));

    [Theory]
    [InlineData("queued", "250 2.0.0")]
    [InlineData("full", "452 4.3.1")]
    [InlineData("slow", "451 4.3.2")]
    [InlineData("closing", "421 4.3.2")]
    [InlineData("failed", "451 4.3.0")]
    public async Task What_the_spool_says_becomes_the_right_reply_and_never_a_5yz(string said, string expected)
    {
        var spool = new MemorySpool(TimeProvider.System)
        {
            Refusal = said switch
            {
                "full" => new SpoolAdd.Full(), "slow" => new SpoolAdd.TooSlow(), "closing" => new SpoolAdd.Closing(), "failed" => new SpoolAdd.Failed(), _ => null,
            },
        };
        Reply reply = await new SpoolingHop(spool).AcceptAsync(Mails.Envelope("bob@one.test"), Mails.Content(), default);
        Assert.Equal(expected, $"{reply.Code} {reply.StatusText}");
        Assert.Equal(said == "queued", reply.Text.StartsWith("Queued as ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(DsnNotify.Unspecified, "FDx.")]
    [InlineData(DsnNotify.Never, "....")]
    [InlineData(DsnNotify.Failure, "F...")]
    [InlineData(DsnNotify.Delay, ".Dx.")]
    [InlineData(DsnNotify.Success, "...R")]
    [InlineData(DsnNotify.Success | DsnNotify.Failure | DsnNotify.Delay, "FDxR")]
    public void NOTIFY_says_what_is_reported(DsnNotify notify, string expected)
    {
        // Failed, delayed, deferred without a notice, delivered to a host without DSN.
        bool Reported(RecipientOutcome outcome) => Bounces.ActionOf(outcome, notify, dsnPassedOn: false) is not null;
        bool delay = Bounces.WantsDelayNotice(new Recipient(Ptt.Mail.Mailbox.Parse("b@one.test")) { Notify = notify });
        Assert.Equal(expected.Contains('F'), Reported(new RecipientOutcome.Failed(Mails.NoSuchUser)));
        Assert.Equal(expected.Contains('D'), delay);
        Assert.False(Reported(new RecipientOutcome.Deferred(Mails.Greylisted, default)));
        Assert.Equal(expected.Contains('R'), Reported(new RecipientOutcome.Delivered(Mails.Accepted)));
        Assert.Null(Bounces.ActionOf(new RecipientOutcome.Delivered(Mails.Accepted), notify, dsnPassedOn: true));
    }

    [Fact]
    public void A_clock_that_is_set_forward_makes_no_message_old()
    {
        var time = new ManualTime();
        var clock = new SteadyClock(time);
        DateTimeOffset accepted = time.GetUtcNow();
        time.Advance(TimeSpan.FromMinutes(3));
        time.JumpTo(new DateTimeOffset(2090, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromMinutes(3), clock.AgeOf(accepted));
        Assert.Equal(TimeSpan.Zero, clock.AgeOf(time.GetUtcNow()));
        time.JumpTo(new DateTimeOffset(1970, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(TimeSpan.Zero, clock.AgeOf(accepted));
    }
}
