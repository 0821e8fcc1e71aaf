using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Relay;

public sealed class OutcomesTests
{
    private readonly ManualTime _time = new();

    private async Task<Settlement> SettleAsync(
        string recipients, Func<int, Reply> reply, TimeSpan age = default, int attempt = 1, string? sender = "ada@example.test",
        Func<QueuedRecipient, QueuedRecipient>? with = null, IReportSigner? signer = null)
    {
        await using var relay = new RelayHarness(new StaticResolver(), 25, time: _time, signer: signer);
        Delivery delivery = relay.Delivery(Mails.Envelope(recipients, sender), attempt);
        delivery = delivery with { Recipients = [.. delivery.Recipients.Select(with ?? (r => r))] };
        _time.Advance(age);
        var tried = new DeliveryAttempt(delivery.Recipients.Count);
        for (int i = 0; i < delivery.Recipients.Count; i++)
        {
            tried.Set(i, new AttemptReply(reply(i), SmtpPhase.EndOfData) { RemoteHost = "mx.one.test" });
        }

        return await relay.Outcomes.SettleAsync(delivery, tried, Mails.Content(), default);
    }

    [Fact]
    public async Task Delivered_is_settled_without_a_report()
    {
        Settlement settlement = await SettleAsync("a@one.test b@one.test", _ => Mails.Accepted);
        Assert.All(settlement.Outcomes, o => Assert.IsType<RecipientOutcome.Delivered>(o));
        Assert.Empty(settlement.Reports);
    }

    [Fact]
    public async Task Deferred_is_tried_again_when_the_schedule_says()
    {
        Settlement settlement = await SettleAsync("a@one.test", _ => Mails.Greylisted, attempt: 3);
        var deferred = Assert.IsType<RecipientOutcome.Deferred>(settlement.Outcomes[0]);
        Assert.InRange(deferred.Until - _time.GetUtcNow(), TimeSpan.FromMinutes(13.5), TimeSpan.FromMinutes(16.5));
        Assert.Empty(settlement.Reports);
    }

    [Fact]
    public async Task One_report_tells_of_all_recipients_that_failed_and_of_no_other()
    {
        Settlement settlement = await SettleAsync("a@one.test b@one.test c@one.test", i => i == 1 ? Mails.Accepted : Mails.NoSuchUser);
        Report report = Assert.Single(settlement.Reports);
        Assert.Null(report.Envelope.ReversePath);
        Assert.Equal("ada@example.test", Assert.Single(report.Envelope.Recipients).Address.ToString());
        string text = await Mails.TextAsync(report.Content);
        Assert.Equal(["a@one.test", "c@one.test"], text.Split("\r\n").Where(l => l.StartsWith("Final-Recipient:", StringComparison.Ordinal)).Select(l => l.Split("; ")[1]));
    }

    [Fact]
    public async Task A_report_that_fails_is_not_reported() =>
        Assert.Empty((await SettleAsync("a@one.test", _ => Mails.NoSuchUser, sender: null)).Reports);

    [Theory]
    [InlineData("ada@example.test", 4.99, false)]
    [InlineData("ada@example.test", 5.01, true)]
    [InlineData(null, 1.99, false)]
    [InlineData(null, 2.01, true)]                              // a report is given up sooner
    public async Task What_could_not_be_delivered_in_time_has_failed(string? sender, double days, bool expired)
    {
        Settlement settlement = await SettleAsync("a@one.test", _ => Mails.Greylisted, TimeSpan.FromDays(days), 40, sender, r => r with { DelayNoticed = true });
        Assert.Equal(expired, settlement.Outcomes[0] is RecipientOutcome.Failed { Expired: true });
        Assert.Equal(expired && sender is not null, settlement.Reports.Count == 1);
        if (settlement.Reports is [{ } report])
        {
            Assert.Contains("Status: 5.4.7", await Mails.TextAsync(report.Content), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_sender_hears_once_of_a_delay()
    {
        Settlement early = await SettleAsync("a@one.test", _ => Mails.Greylisted, TimeSpan.FromHours(3.9));
        Assert.Empty(early.Reports);
        Settlement late = await SettleAsync("a@one.test b@one.test", i => i == 0 ? Mails.Greylisted : Mails.Accepted, TimeSpan.FromHours(4.1));
        Assert.True(late.Outcomes[0] is RecipientOutcome.Deferred { DelayNoticed: true });
        string text = await Mails.TextAsync(Assert.Single(late.Reports).Content);
        Assert.Contains("Action: delayed", text, StringComparison.Ordinal);
        Assert.Contains("Will-Retry-Until:", text, StringComparison.Ordinal);
        Settlement again = await SettleAsync("a@one.test", _ => Mails.Greylisted, TimeSpan.FromHours(9), with: r => r with { DelayNoticed = true });
        Assert.Empty(again.Reports);
    }

    [Fact]
    public async Task What_cannot_be_signed_waits_and_with_it_the_outcome()
    {
        Settlement settlement = await SettleAsync("a@one.test", _ => Mails.NoSuchUser, signer: new Signer(new ReportSigning.Unavailable()));
        Assert.IsType<RecipientOutcome.Deferred>(settlement.Outcomes[0]);
        Assert.Empty(settlement.Reports);
    }

    [Fact]
    public async Task A_signed_report_is_the_one_that_is_sent()
    {
        Settlement settlement = await SettleAsync("a@one.test", _ => Mails.NoSuchUser, signer: new Signer(new ReportSigning.Signed(Mails.Content("signed"))));
        Assert.Contains("Subject: signed", await Mails.TextAsync(settlement.Reports[0].Content), StringComparison.Ordinal);
    }

    private sealed class Signer(ReportSigning signing) : IReportSigner
    {
        public ValueTask<ReportSigning> SignAsync(Envelope envelope, MessageContent report, CancellationToken cancellationToken) => ValueTask.FromResult(signing);
    }
}
