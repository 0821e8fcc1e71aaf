using System.Buffers;
using System.Text;
using Ptt.Smtp.Protocol;

namespace Ptt.Tests.Smtp.Protocol;

public sealed class CommandReaderTests
{
    [Theory]
    [InlineData("MAIL FROM:<a@b.example>", "a@b.example")]
    [InlineData("mail from:<a@b.example>", "a@b.example")]
    [InlineData("MAIL FROM:<>", null)]
    [InlineData("MAIL FROM:<@x.example,@y.example:a@b.example>", "a@b.example")]
    [InlineData("MAIL FROM:<\"a b\"@b.example>", "\"a b\"@b.example")]
    [InlineData("MAIL FROM:<\"a>b\\\"\"@b.example>", "\"a>b\\\"\"@b.example")]
    [InlineData("MAIL FROM:<a@[192.0.2.1]>", "a@[192.0.2.1]")]
    [InlineData("MAIL FROM:<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]")]
    [InlineData("MAIL FROM:<a@bücher.example> SMTPUTF8", "a@xn--bcher-kva.example")]
    [InlineData("MAIL FROM:<a%b@c.example>", "a%b@c.example")]
    public void Reads_a_reverse_path(string line, string? address) =>
        Assert.Equal(address, Assert.IsType<SmtpCommand.Mail>(Read(line)).ReversePath?.ToString());

    [Theory]
    [InlineData("MAIL FROM:<a@b.example")]
    [InlineData("MAIL FROM:a@b.example>")]
    [InlineData("MAIL FROM:<a@b.example> >")]
    [InlineData("MAIL FROM:<<a@b.example>>")]
    [InlineData("MAIL FROM:<a b@c.example>")]
    [InlineData("MAIL FROM:<a@b.example>,<c@d.example>")]
    [InlineData("MAIL FROM:<a@b.example\0>")]
    [InlineData("MAIL FROM:<a@b..example>")]
    [InlineData("MAIL FROM:<a@-:b@c.example>")]
    [InlineData("MAIL FROM:<:a@b.example>")]
    [InlineData("MAIL FROM:<@x.example:>")]
    [InlineData("MAIL FROM:<a@[300.0.2.1]>")]
    [InlineData("MAIL FROM:<a@[2001:db8::1]>")]
    [InlineData("MAIL FROM:<.a@b.example>")]
    [InlineData("MAIL FROM:<a@b.example.>")]
    [InlineData("MAILFROM:<a@b.example>")]
    public void Refuses_what_is_no_path(string line) => Assert.IsType<SmtpCommand.Malformed>(Read(line));

    [Fact]
    public void Reads_every_parameter_of_MAIL()
    {
        MailParameters p = Assert.IsType<SmtpCommand.Mail>(Read("MAIL FROM:<a@b.example> SIZE=18446744073709551615 BODY=8BITMIME SMTPUTF8 RET=full ENVID=a+2Bb REQUIRETLS AUTH=a+40b.example")).Parameters;
        Assert.Equal(new MailParameters { Size = long.MaxValue, EightBit = true, SmtpUtf8 = true, Return = DsnReturn.Full, EnvelopeId = "a+b", RequireTls = true }, p);
    }

    [Fact]
    public void Reads_every_parameter_of_RCPT()
    {
        SmtpCommand.Rcpt rcpt = Assert.IsType<SmtpCommand.Rcpt>(Read("RCPT TO:<a@b.example> ORCPT=rfc822;A+40b.example NOTIFY=success,FAILURE"));
        Assert.Equal("rfc822;A@b.example", rcpt.Parameters.OriginalRecipient);
        Assert.Equal(DsnNotify.Success | DsnNotify.Failure, rcpt.Parameters.Notify);
        Assert.Null(Assert.IsType<SmtpCommand.Rcpt>(Read("RCPT TO:<postMASTER>")).ForwardPath);
    }

    [Fact]
    public void An_AUTH_command_does_not_print_its_secret() =>
        Assert.Equal("AUTH PLAIN ***", Read("AUTH PLAIN AGFkYQBwZW5jaWw=").ToString());

    [Fact]
    public void Whatever_a_line_holds_it_becomes_a_command()
    {
        const int seed = 5321;
        var random = new Random(seed);
        string[] lines =
        [
            "MAIL FROM:<@x.example:\"a b\"@b.example> SIZE=1 BODY=7BIT RET=HDRS ENVID=x+20y", "RCPT TO:<a@[IPv6:::1]> NOTIFY=NEVER ORCPT=utf-8;x+20",
            "EHLO [192.0.2.1]", "BDAT 123 LAST", "AUTH SCRAM-SHA-256 biwsbj11c2VyLHI9", "VRFY x", "NOOP", "STARTTLS",
        ];
        for (int i = 0; i < 30_000; i++)
        {
            byte[] line = Encoding.UTF8.GetBytes(lines[random.Next(lines.Length)]);
            for (int flips = random.Next(4); flips > 0; flips--)
            {
                line[random.Next(line.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)"<>@:\"\\=+,; ["[random.Next(12)];
            }

            Assert.NotNull(CommandReader.Read(new ReadOnlySequence<byte>(line.AsMemory(0, random.Next(line.Length + 1)))));
        }
    }

    private static SmtpCommand Read(string line) => CommandReader.Read(Encoding.UTF8.GetBytes(line));
}
