using System.Net;
using System.Text;
using Ptt.Mail;
using Ptt.Mail.Headers;
using Ptt.Tests.Support;

namespace Ptt.Tests.Mail.Headers;

public sealed class FieldWritersTests
{
    private static readonly DateTimeOffset Time = new(2026, 3, 7, 4, 5, 6, TimeSpan.Zero);

    [Fact]
    public void A_date_has_the_form_of_RFC_5322()
    {
        Assert.Equal("Date: Sat, 07 Mar 2026 04:05:06 +0000\r\n", Text(MailDate.Field(Time)));
        Assert.Equal("Sat, 07 Mar 2026 05:35:06 +0130", MailDate.Format(Time.ToOffset(TimeSpan.FromMinutes(90))));
        Assert.Equal("Fri, 06 Mar 2026 23:05:06 -0500", MailDate.Format(Time.ToOffset(TimeSpan.FromHours(-5))));
    }

    [Fact]
    public void Message_ids_differ()
    {
        var time = new ManualTime();
        string[] ids = [.. Enumerable.Range(0, 1000).Select(_ => MessageId.Next(time, "mail.example.org"))];
        Assert.Equal(1000, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^<[0-9a-f]{32}@mail\\.example\\.org>$", id));
    }

    [Fact]
    public void A_long_value_is_folded_at_its_spaces()
    {
        string field = Text(FieldWriter.Write("Subject", string.Join(' ', Enumerable.Repeat("word", 60)) + " " + new string('x', 200)));
        string[] lines = field.TrimEnd().Split("\r\n");
        Assert.True(lines.Length > 4);
        Assert.All(lines[..^1], line => Assert.InRange(line.Length, 1, 78));
        Assert.All(lines[1..], line => Assert.StartsWith(" ", line, StringComparison.Ordinal));
        Assert.Equal(field.Replace("\r\n", "", StringComparison.Ordinal) + "\r\n", "Subject: " + string.Join(' ', Enumerable.Repeat("word", 60)) + " " + new string('x', 200) + "\r\n");
    }

    [Theory]
    [InlineData("x\r\nBcc: all@example.org")]
    [InlineData("x\nBcc: all@example.org")]
    [InlineData("x\0y")]
    [InlineData("x\r\n\r\nbody")]
    public void No_text_ends_a_field_early(string evil)
    {
        var received = new ReceivedField { Helo = evil, By = evil, With = "ESMTPS", Id = evil, Tls = evil, At = Time, Client = IPAddress.Loopback };
        foreach (byte[] field in new[] { FieldWriter.Write("Subject", evil), received.ToField() })
        {
            MessageHeader header = MessageHeaderTests.Read(Text(field) + "\r\n");
            Assert.Equal(1, header.Fields.Length);
            Assert.Equal(header.Length, field.Length);
            Assert.DoesNotContain('\0', Text(field));
        }
    }

    [Fact]
    public void A_trace_field_says_from_by_with_id_and_for()
    {
        var received = new ReceivedField
        {
            Helo = "client.example", Client = IPAddress.Parse("2001:db8::1"), By = "mail.example.org", With = "ESMTPSA", Id = "S7", At = Time,
            For = Mailbox.Parse("ada@example.org"), Tls = "TLSv1.3 TLS_AES_256_GCM_SHA384",
        };
        Assert.Equal(
            "Received: from client.example ([IPv6:2001:db8::1])\r\n (using TLSv1.3 TLS_AES_256_GCM_SHA384)\r\n by mail.example.org with ESMTPSA id S7\r\n for <ada@example.org>;\r\n Sat, 07 Mar 2026 04:05:06 +0000\r\n",
            Text(received.ToField()));
        Assert.Equal(
            "Received: by mail.example.org with ESMTPSA id S7;\r\n Sat, 07 Mar 2026 04:05:06 +0000\r\n",
            Text((received with { Helo = null, For = null }).ToField()));
    }

    private static string Text(byte[] octets) => Encoding.UTF8.GetString(octets);
}
