using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Ptt.Mail;
using Ptt.Mail.Reports;

namespace Ptt.Tests.Mail.Reports;

/// <summary>Reports as another program reads them: Python's <c>email</c>.</summary>
public sealed class DeliveryReportTests
{
    private static readonly DateTimeOffset Accepted = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    // Everything that RFC 6522 and RFC 3464 want found, as an independent parser finds it.
    private const string Reader = """
        import sys, json, email, email.policy
        raw = sys.stdin.buffer.read()
        m = email.message_from_bytes(raw)
        parts = m.get_payload()
        groups = parts[1].get_payload()
        if parts[1].get_content_type() == 'message/global-delivery-status':
            rest = groups[0].get_payload(decode=True).decode('utf-8').replace('\r\n', '\n').split('\n\n')
            groups = [groups[0]] + [email.message_from_string(g) for g in rest if g.strip()]
        print(json.dumps({
            'type': m.get_content_type(), 'report': m.get_param('report-type'), 'auto': m['Auto-Submitted'], 'from': m['From'], 'to': str(m['To']),
            'subject': m['Subject'], 'defects': [type(d).__name__ for p in m.walk() for d in p.defects],
            'types': [p.get_content_type() for p in parts], 'text': parts[0].get_payload(decode=True).decode('utf-8'),
            'groups': [{k.lower(): str(v) for k, v in g.items()} for g in groups],
            'returned': parts[2].as_string(), 'longest': max(len(l) for l in raw.split(b'\r\n')), 'bare': raw.replace(b'\r\n', b'').count(b'\n') + raw.replace(b'\r\n', b'').count(b'\r'),
            'ascii': raw.isascii()}))
        """;

    private static DeliveryReport Report(string to = "ada@example.test", string content = "From: ada@example.test\r\nSubject: Hi\r\n\r\nBody\r\n", params RecipientReport[] recipients) => new()
    {
        ReportingMta = "relay.test",
        To = Mailbox.Parse(to),
        ArrivalDate = Accepted,
        Original = MessageContent.FromMemory(Encoding.UTF8.GetBytes(content)),
        EnvelopeId = "QQ314159",
        QueueId = "0123",
        Recipients = recipients.Length > 0 ? recipients : [Failed()],
    };

    private static RecipientReport Failed(string address = "bob@one.test", string diagnostic = "550 5.1.1 No such user") => new()
    {
        Final = Mailbox.Parse(address),
        Original = "rfc822;bob+orig@one.test",
        Action = ReportAction.Failed,
        Status = "5.1.1",
        RemoteMta = "mx.one.test",
        Diagnostic = diagnostic,
        LastAttempt = Accepted.AddHours(1),
        Advice = "The address does not exist there. Check it for typing errors.",
    };

    private static async Task<(JsonElement Read, WrittenReport Written)> ReadAsync(DeliveryReport report)
    {
        WrittenReport written = await DeliveryReportWriter.WriteAsync(report, Accepted.AddHours(1), CancellationToken.None);
        using Process python = Process.Start(new ProcessStartInfo("/usr/bin/python3") { ArgumentList = { "-c", Reader }, RedirectStandardInput = true, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("python3 is needed");
        await using (Stream input = python.StandardInput.BaseStream)
        {
            await written.Content.CopyToAsync(input, CancellationToken.None);
        }

        string output = await python.StandardOutput.ReadToEndAsync();
        await python.WaitForExitAsync();
        Assert.Equal(0, python.ExitCode);
        JsonElement read = JsonDocument.Parse(output).RootElement;
        Assert.Empty(read.GetProperty("defects").EnumerateArray());
        Assert.Equal(0, read.GetProperty("bare").GetInt32());
        Assert.InRange(read.GetProperty("longest").GetInt32(), 1, 998);
        return (read, written);
    }

    private static string At(JsonElement read, int group, string field) =>
        read.GetProperty("groups")[group].TryGetProperty(field, out JsonElement value) ? value.GetString()! : "(none)";

    [Fact]
    public async Task A_failure_has_every_field_of_RFC_3464()
    {
        (JsonElement read, WrittenReport written) = await ReadAsync(Report());

        Assert.Equal("multipart/report", read.GetProperty("type").GetString());
        Assert.Equal("delivery-status", read.GetProperty("report").GetString());
        Assert.Equal("auto-replied", read.GetProperty("auto").GetString());
        Assert.Equal("Mail Delivery System <MAILER-DAEMON@relay.test>", read.GetProperty("from").GetString());
        Assert.Equal(["text/plain", "message/delivery-status", "text/rfc822-headers"], read.GetProperty("types").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal("QQ314159", At(read, 0, "original-envelope-id"));
        Assert.Equal("dns; relay.test", At(read, 0, "reporting-mta"));
        Assert.Equal("Fri, 02 Jan 2026 03:04:05 +0000", At(read, 0, "arrival-date"));
        Assert.Equal("rfc822; bob+orig@one.test", At(read, 1, "original-recipient"));
        Assert.Equal("rfc822; bob@one.test", At(read, 1, "final-recipient"));
        Assert.Equal(("failed", "5.1.1"), (At(read, 1, "action"), At(read, 1, "status")));
        Assert.Equal("dns; mx.one.test", At(read, 1, "remote-mta"));
        Assert.Equal("smtp; 550 5.1.1 No such user", At(read, 1, "diagnostic-code"));
        Assert.Equal("Fri, 02 Jan 2026 04:04:05 +0000", At(read, 1, "last-attempt-date"));
        string text = read.GetProperty("text").GetString()!;
        Assert.Contains("bob@one.test", text, StringComparison.Ordinal);
        Assert.Contains("Check it for typing errors", text, StringComparison.Ordinal);
        Assert.Contains("Subject: Hi", read.GetProperty("returned").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Body", read.GetProperty("returned").GetString(), StringComparison.Ordinal);
        Assert.False(written.EightBit || written.SmtpUtf8);
    }

    [Fact]
    public async Task Recipients_of_all_fates_stand_in_one_report_and_the_worst_is_its_subject()
    {
        (JsonElement read, _) = await ReadAsync(Report(recipients:
        [
            Failed("a@one.test") with { Action = ReportAction.Relayed, Status = "2.0.0" },
            Failed("b@one.test") with { Action = ReportAction.Delayed, Status = "4.7.1", WillRetryUntil = Accepted.AddDays(5) },
            Failed("c@one.test"),
        ]));
        Assert.Equal(["relayed", "delayed", "failed"], Enumerable.Range(1, 3).Select(i => At(read, i, "action")));
        Assert.Equal("Wed, 07 Jan 2026 03:04:05 +0000", At(read, 2, "will-retry-until"));
        Assert.Equal("Undelivered mail returned to sender", read.GetProperty("subject").GetString());
    }

    [Fact]
    public async Task RET_FULL_returns_the_message_unless_it_is_large()
    {
        (JsonElement small, _) = await ReadAsync(Report() with { ReturnFull = true });
        Assert.Equal("message/rfc822", small.GetProperty("types")[2].GetString());
        Assert.Contains("Body", small.GetProperty("returned").GetString(), StringComparison.Ordinal);

        string large = "Subject: Hi\r\n\r\n" + string.Concat(Enumerable.Repeat("0123456789012345678901234567890123456789\r\n", 1300));
        (JsonElement big, _) = await ReadAsync(Report(content: large) with { ReturnFull = true });
        Assert.Equal("text/rfc822-headers", big.GetProperty("types")[2].GetString());
    }

    [Fact]
    public async Task An_ASCII_sender_gets_seven_bits_whatever_the_remote_said()
    {
        (JsonElement read, WrittenReport written) = await ReadAsync(Report(recipients: Failed("bäb@one.test", "550 5.1.1 Gibt’s nicht: größer als 日本") with { Original = "utf-8;bäb@one.test" }));
        Assert.True(read.GetProperty("ascii").GetBoolean());
        Assert.False(written.EightBit || written.SmtpUtf8);
        Assert.Equal(@"utf-8; b\x{E4}b@one.test", At(read, 1, "final-recipient"));      // RFC 6533 §3
        Assert.Contains("bäb@one.test", read.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("größer als 日本", read.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_internationalized_sender_gets_the_forms_of_RFC_6533()
    {
        (JsonElement read, WrittenReport written) = await ReadAsync(Report("äda@example.test", "Subject: Hallo ä\r\n\r\nBody\r\n", Failed("bäb@one.test")));
        Assert.True(written is { EightBit: true, SmtpUtf8: true });
        Assert.Equal("global-delivery-status", read.GetProperty("report").GetString());
        Assert.Equal(["text/plain", "message/global-delivery-status", "message/global-headers"], read.GetProperty("types").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal("utf-8; bäb@one.test", At(read, 1, "final-recipient"));
    }

    [Fact]
    public async Task A_strangers_words_break_nothing_out_of_their_field()
    {
        (JsonElement read, _) = await ReadAsync(Report(recipients: Failed(diagnostic:
            "550 5.1.1 one\nAction: delivered\nStatus: 2.0.0\r\n\r\n--boundary " + new string('x', 3000)) with { RemoteMta = "evil.test" }));
        Assert.Equal(("failed", "5.1.1"), (At(read, 1, "action"), At(read, 1, "status")));
        Assert.Equal(2, read.GetProperty("groups").GetArrayLength());
        Assert.Equal(3, read.GetProperty("types").GetArrayLength());
    }

    [Fact]
    public async Task What_we_said_ourselves_is_not_put_into_the_mouth_of_a_server()
    {
        (JsonElement read, _) = await ReadAsync(Report(recipients: Failed() with { RemoteMta = null, Diagnostic = "451 4.4.1 Connecting failed" }));
        Assert.Equal("x-ptt; 451 4.4.1 Connecting failed", At(read, 1, "diagnostic-code"));
        Assert.Equal("(none)", At(read, 1, "remote-mta"));
    }

    [Fact]
    public async Task A_message_whose_header_cannot_be_read_is_reported_all_the_same()
    {
        (JsonElement read, _) = await ReadAsync(Report(content: "no header at all"));
        Assert.Equal("failed", At(read, 1, "action"));
    }
}
