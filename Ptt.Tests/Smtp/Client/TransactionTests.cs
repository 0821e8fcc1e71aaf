using System.Text;
using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Client;

public sealed class TransactionTests
{
    private static readonly string[] Plain = ["8BITMIME"];
    private static readonly string[] Pipelining = ["PIPELINING", "8BITMIME"];
    private static readonly string[] Chunking = ["PIPELINING", "CHUNKING", "8BITMIME"];

    public static TheoryData<string> Ways => ["plain", "pipelining", "chunking"];

    private static string[] Extensions(string way) => way switch { "plain" => Plain, "pipelining" => Pipelining, _ => Chunking };

    [Theory, MemberData(nameof(Ways))]
    public async Task The_server_gets_the_octets_that_were_given(string way)
    {
        await using var server = new ScriptedServer { Extensions = Extensions(way) };
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
        string[] contents = ["a\r\n", "", ".\r\n..\r\n.a\r\n\r\n.\r\n", "Subject: ä\r\n\r\n" + new string('x', 990) + "\r\n", Long(300_000)];
        foreach (string content in contents)
        {
            TransactionResult result = await session.SendAsync(Mails.Envelope("bob@one.test"), MessageContent.FromMemory(Encoding.Latin1.GetBytes(content)));
            Assert.True(result.Recipients[0] is { Phase: SmtpPhase.EndOfData, Reply.IsPositive: true, IsRemote: true }, result.Reply.ToString());
        }

        Assert.Equal(contents, server.Mails.Select(m => m.Text));
        Assert.Equal(1, server.Connections);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Content_in_a_file_is_sent_as_it_is(string way)
    {
        await using var server = new ScriptedServer { Extensions = Extensions(way) };
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, Long(1_000_000), Encoding.Latin1);
            await using MessageContent content = MessageContent.FromFile(path);
            await session.SendAsync(Mails.Envelope("bob@one.test"), content);
        }
        finally
        {
            File.Delete(path);
        }

        Assert.Equal(Long(1_000_000), Assert.Single(server.Mails).Text);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_last_line_without_its_end_gets_one(string way)
    {
        await using var server = new ScriptedServer { Extensions = Extensions(way) };
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
        await session.SendAsync(Mails.Envelope("bob@one.test"), MessageContent.FromMemory("Subject: a\r\n\r\nb"u8.ToArray()));
        Assert.Equal("Subject: a\r\n\r\nb\r\n", Assert.Single(server.Mails).Text);
    }

    [Fact]
    public async Task With_PIPELINING_the_commands_come_in_one_packet_and_the_dot_with_the_end_of_the_message()
    {
        await using var server = new ScriptedServer { Extensions = Pipelining };
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
        server.Packets.Clear();
        await session.SendAsync(Mails.Envelope("a@one.test b@one.test"), MessageContent.FromMemory("x: y\r\n\r\nz\r\n"u8.ToArray()));

        Assert.Equal(
            ["MAIL FROM:<ada@example.test>\r\nRCPT TO:<a@one.test>\r\nRCPT TO:<b@one.test>\r\nDATA\r\n", "x: y\r\n\r\nz\r\n.\r\n"], server.Packets);
    }

    [Fact]
    public async Task With_CHUNKING_a_small_message_is_one_packet()
    {
        await using var server = new ScriptedServer { Extensions = Chunking };
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
        server.Packets.Clear();
        await session.SendAsync(Mails.Envelope("a@one.test"), MessageContent.FromMemory("x: y\r\n\r\n.\r\n"u8.ToArray()));

        Assert.Equal(["MAIL FROM:<ada@example.test>\r\nRCPT TO:<a@one.test>\r\nBDAT 11 LAST\r\nx: y\r\n\r\n.\r\n"], server.Packets);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_refused_recipient_is_refused_alone(string way)
    {
        await using var server = new ScriptedServer
        {
            Extensions = Extensions(way),
            On = c => c.StartsWith("RCPT TO:<no", StringComparison.Ordinal) ? "550 5.1.1 No such user"
                : c.StartsWith("RCPT TO:<later", StringComparison.Ordinal) ? "451 4.7.1 Greylisted" : null,
        };
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
        TransactionResult result = await session.SendAsync(Mails.Envelope("a@one.test no@one.test later@one.test b@one.test"));

        Assert.Equal(
            [(250, SmtpPhase.EndOfData), (550, SmtpPhase.Rcpt), (451, SmtpPhase.Rcpt), (250, SmtpPhase.EndOfData)],
            result.Recipients.Select(r => (r.Reply.Code, r.Phase)));
        Assert.Equal(2, Assert.Single(server.Mails).RcptTo.Count);
        Assert.Equal("No such user", result.Recipients[1].Reply.Text);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Where_nobody_is_taken_the_reason_is_what_RCPT_was_told(string way)
    {
        await using var server = new ScriptedServer { Extensions = Extensions(way) };
        server.On = c => c.StartsWith("RCPT", StringComparison.Ordinal) ? "451 4.7.1 Greylisted"
            : c == "DATA" || c.StartsWith("BDAT", StringComparison.Ordinal) ? "554 5.5.1 No valid recipients" : null;
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
        TransactionResult result = await session.SendAsync(Mails.Envelope("a@one.test b@one.test"));

        Assert.Equal(("451 4.7.1 Greylisted", SmtpPhase.Rcpt), (result.Reply.ToString(), result.Phase));
        Assert.All(result.Recipients, r => Assert.Equal(("451 4.7.1 Greylisted", SmtpPhase.Rcpt), (r.Reply.ToString(), r.Phase)));
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task After_every_refusal_the_session_carries_the_next_message(string way)
    {
        string? refuseAt = null;
        await using var server = new ScriptedServer { Extensions = Extensions(way) };
        server.On = c => refuseAt is not null && c.StartsWith(refuseAt, StringComparison.Ordinal) ? "550 5.7.1 No" : null;
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
        foreach (string at in (string[])["MAIL", "RCPT", way == "chunking" ? "BDAT" : "DATA", way == "chunking" ? "BDAT" : "."])
        {
            refuseAt = at;
            TransactionResult refused = await session.SendAsync(Mails.Envelope("a@one.test b@one.test"));
            Assert.All(refused.Recipients, r => Assert.Equal("550 5.7.1 No", r.Reply.ToString()));
            refuseAt = null;
            TransactionResult taken = await session.SendAsync(Mails.Envelope("a@one.test"));
            Assert.True(taken.Reply.IsPositive, $"after {at}: {taken.Reply}");
        }

        Assert.Equal(4, server.Mails.Count);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task A_354_for_nobody_is_answered_with_an_empty_end_of_data()
    {
        await using var server = new ScriptedServer { Extensions = Pipelining };
        server.On = c => c.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 No" : c == "DATA" ? "354 Go" : c == "." ? "554 5.5.1 No recipients" : null;
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
        TransactionResult result = await session.SendAsync(Mails.Envelope("a@one.test"));

        Assert.Equal((550, SmtpPhase.Rcpt), (result.Recipients[0].Reply.Code, result.Recipients[0].Phase));
        Assert.Empty(server.Mails);
        Assert.True(session.IsUsable);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task All_or_nothing_sends_no_content_when_one_recipient_is_refused(string way)
    {
        await using var server = new ScriptedServer
        {
            Extensions = Extensions(way),
            On = c => c.StartsWith("RCPT TO:<no", StringComparison.Ordinal) ? "550 5.1.1 No such user" : null,
        };
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
        TransactionResult result = await session.SendAsync(Mails.Envelope("a@one.test no@one.test"), allOrNothing: true);
        Assert.Equal(550, result.Reply.Code);
        Assert.All(result.Recipients, r => Assert.Equal(550, r.Reply.Code));
        Assert.Empty(server.Mails);
        Assert.True((await session.SendAsync(Mails.Envelope("a@one.test"), allOrNothing: true)).Reply.IsPositive);
    }

    [Theory]
    [InlineData("MAIL", false, SmtpPhase.Mail)]
    [InlineData("RCPT", false, SmtpPhase.Rcpt)]
    [InlineData("DATA", false, SmtpPhase.Data)]
    [InlineData(".", true, SmtpPhase.EndOfData)]
    public async Task A_lost_link_is_told_and_only_after_the_dot_the_message_may_have_arrived(string at, bool perhaps, SmtpPhase phase)
    {
        foreach (string end in (string[])["!close", "!reset"])
        {
            await using var server = new ScriptedServer { Extensions = Pipelining, On = c => c.StartsWith(at, StringComparison.Ordinal) ? end : null };
            await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
            TransactionResult result = await session.SendAsync(Mails.Envelope("a@one.test"));
            Assert.True(result.Lost);
            Assert.False(session.IsUsable);
            Assert.Equal(perhaps, result.PerhapsDelivered);
            Assert.False(result.Recipients[0].IsRemote);
            if (end == "!close")
            {
                Assert.Equal((phase, "4.4.2"), (result.Phase, result.Reply.StatusText));
            }
        }
    }

    [Theory]
    [InlineData("MAIL")]
    [InlineData("RCPT")]
    [InlineData("DATA")]
    [InlineData(".")]
    public async Task A_421_ends_the_session_and_stands_for_all_recipients(string at)
    {
        await using var server = new ScriptedServer { Extensions = Pipelining, On = c => c.StartsWith(at, StringComparison.Ordinal) ? "421 4.3.2 Going down" : null };
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
        TransactionResult result = await session.SendAsync(Mails.Envelope("a@one.test b@one.test"));
        Assert.All(result.Recipients, r => Assert.Equal("421 4.3.2 Going down", r.Reply.ToString()));
        Assert.True(result.Lost);
        Assert.False(session.IsUsable);
    }

    [Theory]
    [InlineData("a\n\r\n")]
    [InlineData("a\r\n.\n")]
    [InlineData("a\0\r\n")]
    [InlineData("a\r")]
    public async Task What_could_be_read_two_ways_is_not_sent_on(string content)
    {
        foreach (string way in (string[])["plain", "pipelining", "chunking"])
        {
            await using var server = new ScriptedServer { Extensions = Extensions(way) };
            await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
            TransactionResult result = await session.SendAsync(Mails.Envelope("a@one.test"), MessageContent.FromMemory(Encoding.Latin1.GetBytes(content)));
            Assert.Equal("554 5.6.0", $"{result.Recipients[0].Reply.Code} {result.Recipients[0].Reply.StatusText}");
            await session.DisposeAsync();
            Assert.Empty(server.Mails);
        }
    }

    public static TheoryData<string, string, string, string, string> Needs => new()
    {
        // offered, what the envelope says, sender, recipient -> refusal, or the MAIL line
        { "8BITMIME", "8bit", "a@b.test", "c@one.test", "MAIL FROM:<a@b.test> BODY=8BITMIME" },
        { "HELP", "8bit", "a@b.test", "c@one.test", "5.6.3" },
        { "HELP", "7bit", "a@b.test", "c@one.test", "MAIL FROM:<a@b.test>" },
        { "SMTPUTF8 8BITMIME", "utf8", "a@b.test", "c@one.test", "MAIL FROM:<a@b.test> SMTPUTF8" },
        { "8BITMIME", "utf8", "a@b.test", "c@one.test", "5.6.9" },
        { "8BITMIME", "7bit", "ä@b.test", "c@one.test", "5.6.7" },
        { "8BITMIME", "7bit", "a@b.test", "ç@one.test", "5.6.7" },
        { "SMTPUTF8 8BITMIME", "7bit", "ä@b.test", "c@one.test", "MAIL FROM:<ä@b.test> SMTPUTF8" },
        { "SIZE 10", "7bit", "a@b.test", "c@one.test", "5.3.4" },
        { "SIZE 1000", "7bit", "a@b.test", "c@one.test", "MAIL FROM:<a@b.test> SIZE=17" },
        { "SIZE", "7bit", "a@b.test", "c@one.test", "MAIL FROM:<a@b.test> SIZE=17" },
        { "REQUIRETLS", "requiretls", "a@b.test", "c@one.test", "MAIL FROM:<a@b.test> REQUIRETLS" },
        { "HELP", "requiretls", "a@b.test", "c@one.test", "5.7.30" },
    };

    [Theory, MemberData(nameof(Needs))]
    public async Task What_the_host_did_not_offer_is_not_asked_of_it_and_what_it_cannot_take_is_refused_before_MAIL(
        string offered, string needs, string sender, string recipient, string expected)
    {
        await using var server = new ScriptedServer { Extensions = [.. offered.Split(' ').Select(e => e == "SIZE" && offered.Any(char.IsDigit) ? offered : e).Where(e => !e.All(char.IsDigit))] };
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
        Envelope envelope = Mails.Envelope(recipient, sender) with
        {
            EightBit = needs == "8bit", SmtpUtf8 = needs == "utf8", RequireTls = needs == "requiretls",
        };
        byte[] content = Encoding.UTF8.GetBytes(needs is "8bit" or "utf8" ? "Subject: ä\r\n\r\nb\r\n" : "Subject: a\r\n\r\nb\r\n");
        TransactionResult result = await session.SendAsync(envelope, MessageContent.FromMemory(content));

        string? mail = server.Commands.FirstOrDefault(c => c.StartsWith("MAIL", StringComparison.Ordinal));
        Assert.Equal(expected, mail ?? result.Recipients[0].Reply.StatusText);
        Assert.True(session.IsUsable);
    }

    [Fact]
    public async Task DSN_parameters_go_only_to_a_host_that_knows_them()
    {
        Envelope envelope = Mails.Envelope("a@one.test") with
        {
            Return = DsnReturn.Headers, EnvelopeId = "id 1+2",
            Recipients =
            [
                new Recipient(Mailbox.Parse("a@one.test")) { Notify = DsnNotify.Success | DsnNotify.Failure, OriginalRecipient = "rfc822;b=c@two.test" },
                new Recipient(Mailbox.Parse("b@one.test")) { Notify = DsnNotify.Never, OriginalRecipient = "utf-8;ä@two.test" },
            ],
        };
        await using var knows = new ScriptedServer { Extensions = ["DSN"] };
        await using (SmtpClientSession session = await ClientHarness.SessionAsync(knows))
        {
            await session.SendAsync(envelope);
        }

        await using var knowsNot = new ScriptedServer { Extensions = ["HELP"] };
        await using (SmtpClientSession session = await ClientHarness.SessionAsync(knowsNot))
        {
            await session.SendAsync(envelope);
        }

        Assert.Equal(
            [
                "MAIL FROM:<ada@example.test> RET=HDRS ENVID=id+201+2B2",
                "RCPT TO:<a@one.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b+3Dc@two.test",
                @"RCPT TO:<b@one.test> NOTIFY=NEVER ORCPT=utf-8;\x{E4}@two.test",
            ], knows.Commands.Skip(1).Take(3));
        Assert.Equal(["MAIL FROM:<ada@example.test>", "RCPT TO:<a@one.test>", "RCPT TO:<b@one.test>"], knowsNot.Commands.Skip(1).Take(3));
    }

    [Fact]
    public async Task A_thousand_recipients_go_in_groups()
    {
        await using var server = new ScriptedServer { Extensions = Pipelining };
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
        TransactionResult result = await session.SendAsync(Mails.Envelope(string.Join(' ', Enumerable.Range(0, 1000).Select(i => $"r{i}@one.test"))));
        Assert.All(result.Recipients, r => Assert.True(r.Reply.IsPositive));
        Assert.Equal(1000, Assert.Single(server.Mails).RcptTo.Count);
    }

    private static string Long(int octets)
    {
        var text = new StringBuilder(octets + 80);
        for (int line = 0; text.Length < octets; line++)
        {
            text.Append(line % 7 == 0 ? "." : "").Append(new string((char)('a' + (line % 26)), line % 70)).Append("\r\n");
        }

        return text.ToString();
    }
}
