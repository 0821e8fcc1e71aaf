using System.Text.Json;
using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;
using Ptt.Tests.EndToEnd;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Relay;

/// <summary>Reports as the relay makes them, from what the sender asked for and what the hosts said, read by two parsers of others and held against RFC 3464 field by field.</summary>
public sealed class DsnPeersTests
{
    private static readonly Reply Unknown = new(550, new(1, 1), "No such user here");

    private readonly ManualTime _time = new();

    /// <summary>The report of one settlement; null when nobody is told.</summary>
    private async Task<(Report Report, JsonElement Read)?> ReportAsync(
        IReadOnlyList<Recipient> recipients, Func<int, AttemptReply> reply, TimeSpan age = default, Func<Envelope, Envelope>? with = null, MessageContent? content = null)
    {
        await using var relay = new RelayHarness(new StaticResolver(), 25, time: _time);
        Envelope envelope = Mails.Envelope("x@one.test") with { Recipients = recipients };
        Delivery delivery = relay.Delivery(with?.Invoke(envelope) ?? envelope);
        _time.Advance(age);
        var tried = new DeliveryAttempt(recipients.Count);
        for (int i = 0; i < recipients.Count; i++)
        {
            tried.Set(i, reply(i));
        }

        Settlement settlement = await relay.Outcomes.SettleAsync(delivery, tried, content ?? Mails.Content(), default);
        if (settlement.Reports is not [{ } report])
        {
            Assert.Empty(settlement.Reports);
            return null;
        }

        string script = Path.Combine(Repository.Root, "Ptt.Tests", "Smtp", "Relay", "dsn.py");
        (int code, string output) = await Command.RunAsync("/usr/bin/python3", [script], await Mails.TextAsync(report.Content));
        Assert.True(code == 0, output);
        JsonElement read = JsonDocument.Parse(output).RootElement;
        Assert.Empty(read.GetProperty("faults").EnumerateArray().Select(f => f.GetString()));
        Assert.Null(report.Envelope.ReversePath);
        Assert.Equal(DsnNotify.Never, Assert.Single(report.Envelope.Recipients).Notify);
        return (report, read);
    }

    private static Recipient To(string address, DsnNotify notify = DsnNotify.Unspecified, string? original = null) =>
        new(Mailbox.Parse(address)) { Notify = notify, OriginalRecipient = original };

    private static AttemptReply Said(Reply reply, SmtpPhase phase = SmtpPhase.EndOfData, bool dsn = false) => new(reply, phase) { RemoteHost = "mx.one.test", DsnPassedOn = dsn };

    private static string? At(JsonElement read, int recipient, string field) =>
        read.GetProperty("recipients")[recipient].TryGetProperty(field, out JsonElement value) ? value.GetString() : null;

    private static string[] List(JsonElement read, string name) => [.. read.GetProperty(name).EnumerateArray().Select(a => a.GetString()!)];

    [Fact]
    public async Task A_failure_a_delay_and_a_success_stand_in_one_report_each_with_its_fields()
    {
        (_, JsonElement read) = (await ReportAsync(
            [To("a@one.test", original: "rfc822;a+list@one.test"), To("b@one.test"), To("c@one.test", DsnNotify.Success | DsnNotify.Failure), To("d@one.test")],
            i => i switch { 0 => Said(Unknown, SmtpPhase.Rcpt), 1 => Said(Mails.Greylisted, SmtpPhase.Rcpt), _ => Said(Mails.Accepted) },
            TimeSpan.FromHours(4.5), e => e with { EnvelopeId = "QQ314159" }))!.Value;

        Assert.Equal("QQ314159", read.GetProperty("envelopeId").GetString());
        Assert.Equal(["failed", "delayed", "relayed"], Enumerable.Range(0, 3).Select(i => At(read, i, "action")));
        Assert.Equal(["5.1.1", "4.7.1", "2.0.0"], Enumerable.Range(0, 3).Select(i => At(read, i, "status")));
        Assert.Equal(("rfc822; a+list@one.test", "rfc822; a@one.test"), (At(read, 0, "original-recipient"), At(read, 0, "final-recipient")));
        Assert.Equal(("dns; mx.one.test", "smtp; 550 5.1.1 No such user here"), (At(read, 0, "remote-mta"), At(read, 0, "diagnostic-code")));
        Assert.NotNull(At(read, 1, "will-retry-until"));
        Assert.Equal(["a+list@one.test"], List(read, "failed"));              // Mailman's parser
        Assert.Equal(["b@one.test"], List(read, "late"));
        Assert.Equal("text/rfc822-headers", read.GetProperty("returned").GetString());
    }

    [Theory]
    [InlineData(DsnNotify.Never, "5", null)]
    [InlineData(DsnNotify.Never, "2", null)]
    [InlineData(DsnNotify.Unspecified, "5", "failed")]
    [InlineData(DsnNotify.Unspecified, "4", "delayed")]
    [InlineData(DsnNotify.Unspecified, "2", null)]
    [InlineData(DsnNotify.Success, "5", null)]
    [InlineData(DsnNotify.Success, "4", null)]
    [InlineData(DsnNotify.Success, "2", "relayed")]
    [InlineData(DsnNotify.Failure, "4", null)]
    [InlineData(DsnNotify.Delay, "4", "delayed")]
    [InlineData(DsnNotify.Delay, "5", null)]
    public async Task NOTIFY_decides_who_is_told_of_what(DsnNotify notify, string said, string? action)
    {
        Reply reply = said switch { "2" => Mails.Accepted, "4" => Mails.Greylisted, _ => Unknown };
        (Report, JsonElement Read)? told = await ReportAsync([To("a@one.test", notify)], _ => Said(reply), TimeSpan.FromHours(5));
        Assert.Equal(action, told is { Read: var read } ? At(read, 0, "action") : null);
    }

    [Fact]
    public async Task Success_is_the_next_host_s_to_tell_where_it_knows_DSN() =>
        Assert.Null(await ReportAsync([To("a@one.test", DsnNotify.Success)], _ => Said(Mails.Accepted, dsn: true)));

    [Theory]
    [InlineData(DsnReturn.Full, false, "message/rfc822", true)]
    [InlineData(DsnReturn.Headers, false, "text/rfc822-headers", false)]
    [InlineData(DsnReturn.Unspecified, false, "text/rfc822-headers", false)]
    [InlineData(DsnReturn.Full, true, "text/rfc822-headers", false)]          // RFC 8689 §5: what needed TLS is not sent back in a report
    public async Task RET_decides_what_comes_back(DsnReturn wanted, bool requireTls, string type, bool body)
    {
        (_, JsonElement read) = (await ReportAsync([To("a@one.test")], _ => Said(Unknown), with: e => e with { Return = wanted, RequireTls = requireTls }))!.Value;
        Assert.Equal(type, read.GetProperty("returned").GetString());
        Assert.Equal(body, read.GetProperty("returnedText").GetString()!.Contains("xxxxxxxx", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_never_reached_a_host_is_told_in_our_own_name()
    {
        (_, JsonElement read) = (await ReportAsync([To("a@gone.test")], _ => new AttemptReply(new Reply(550, new(1, 2), "The domain does not exist"), SmtpPhase.Resolve)))!.Value;
        Assert.Equal((null, "x-ptt; 550 5.1.2 The domain does not exist", "5.1.2"), (At(read, 0, "remote-mta"), At(read, 0, "diagnostic-code"), At(read, 0, "status")));
    }

    [Fact]
    public async Task A_time_that_ran_out_says_so()
    {
        (_, JsonElement read) = (await ReportAsync([To("a@one.test", DsnNotify.Failure)], _ => Said(Mails.Greylisted), TimeSpan.FromDays(5.1)))!.Value;
        Assert.Equal(("failed", "5.4.7"), (At(read, 0, "action"), At(read, 0, "status")));
    }

    [Fact]
    public async Task An_international_sender_gets_the_forms_of_RFC_6533_and_an_ASCII_one_seven_bits()
    {
        (Report report, JsonElement read) = (await ReportAsync([To("zoë@one.test", original: "utf-8;zoë@one.test")], _ => Said(Unknown),
            with: e => e with { ReversePath = Mailbox.Parse("adà@example.test"), SmtpUtf8 = true }))!.Value;
        Assert.True(report.Envelope.SmtpUtf8);
        Assert.Equal("message/global-delivery-status", read.GetProperty("type").GetString());
        Assert.Equal(("utf-8; zoë@one.test", "utf-8; zoë@one.test"), (At(read, 0, "final-recipient"), At(read, 0, "original-recipient")));

        (Report ascii, read) = (await ReportAsync([To("zoë@one.test", original: "utf-8;zoë@one.test")], _ => Said(Unknown)))!.Value;
        Assert.False(ascii.Envelope.SmtpUtf8);
        Assert.Equal(@"utf-8; zo\x{EB}@one.test", At(read, 0, "final-recipient"));
    }
}
