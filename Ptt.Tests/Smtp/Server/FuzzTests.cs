using System.Text;
using Ptt.Smtp.Pipeline;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Server;

/// <summary>Sessions of strangers who mean harm, or know no better. Each is seeded and can be played again.</summary>
public sealed class FuzzTests
{
    private static readonly string[] Pieces =
    [
        "EHLO client.example\r\n", "HELO x\r\n", "MAIL FROM:<a@example.org>\r\n", "MAIL FROM:<a@example.org> SIZE=10 BODY=8BITMIME\r\n", "RCPT TO:<b@example.org>\r\n",
        "RCPT TO:<@a,@b:c@d.example>\r\n", "DATA\r\n", "Subject: x\r\n\r\nbody\r\n.\r\n", ".\r\n", "\r\n.\r\n", "BDAT 10\r\n0123456789", "BDAT 5 LAST\r\nab\r\nc", "BDAT 99999999999999999\r\n",
        "RSET\r\n", "NOOP\r\n", "VRFY x\r\n", "EXPN x\r\n", "HELP\r\n", "STARTTLS\r\n", "AUTH PLAIN AGFkYQBwZW5jaWw=\r\n", "AUTH LOGIN\r\n", "*\r\n", "QUIT\r\n", "\r\n", "\n", "\r", "\0",
        "\xff\xfe", ".", "..", "<", ">", ":", "%00%0d%0a", "MAIL", "RCPT TO:", "{5+}\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ];

    /// <summary>PTT_FUZZ_SESSIONS asks for more of them than the everyday run plays.</summary>
    private static int Sessions => int.TryParse(Environment.GetEnvironmentVariable("PTT_FUZZ_SESSIONS"), out int n) ? n : 400;

    [Fact]
    public async Task Whatever_a_stranger_sends_each_line_of_ours_is_a_reply_and_the_session_ends()
    {
        const int first = 12_000;
        for (int seed = first; seed < first + Sessions; seed++)
        {
            await PlayAsync(seed);
        }
    }

    [Fact]
    public async Task A_line_without_end_is_cut()
    {
        await using SmtpBench bench = Relay();
        bench.Start();
        Assert.StartsWith("220", await bench.LineAsync(), StringComparison.Ordinal);
        Task sending = SendMuchAsync(bench, "x", 20_000_000);
        Assert.Equal("500 5.5.2 Line too long", await bench.LineAsync());
        Assert.Null(await bench.LineAsync());
        await sending;
    }

    [Fact]
    public async Task Data_without_end_is_cut_at_twice_the_limit()
    {
        await using SmtpBench bench = Relay();
        bench.Limits.MessageSize = 100_000;
        bench.Start();
        await bench.SendAsync("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"u8.ToArray());
        string? line;
        while ((line = await bench.LineAsync()) is not null && !line.StartsWith("354", StringComparison.Ordinal))
        {
        }

        Task sending = SendMuchAsync(bench, "a line of text\r\n", 20_000_000);
        Assert.Equal("552 5.3.4 Message exceeds the size limit", await bench.LineAsync());
        Assert.Null(await bench.LineAsync());
        Assert.Empty(bench.Hop.Taken);
        await sending;
    }

    [Fact]
    public async Task What_follows_STARTTLS_in_one_write_ends_the_session()
    {
        await using var bench = new SmtpBench();
        bench.Start();
        Assert.StartsWith("220", await bench.LineAsync(), StringComparison.Ordinal);
        await bench.SendAsync("EHLO x\r\nSTARTTLS\r\nMAIL FROM:<a@example.org>\r\n"u8.ToArray());
        string? last = null;
        while (await bench.LineAsync() is { } line)
        {
            last = line;
        }

        Assert.Equal("554 5.5.1 Nothing may follow STARTTLS before the handshake", last);
    }

    private static async Task PlayAsync(int seed)
    {
        var random = new Random(seed);
        await using SmtpBench bench = random.Next(2) == 0 ? Relay() : new SmtpBench();
        bench.Limits.MessageSize = 100_000;
        bench.Start();
        Task<List<string>> listening = ListenAsync(bench);
        for (int i = random.Next(1, 30); i > 0; i--)
        {
            byte[] piece = Encoding.Latin1.GetBytes(Pieces[random.Next(Pieces.Length)]);
            if (random.Next(6) == 0 && piece.Length > 0)
            {
                piece[random.Next(piece.Length)] = (byte)random.Next(256);
            }

            await bench.SendAsync(piece.AsMemory(0, random.Next(8) == 0 ? random.Next(piece.Length) : piece.Length));
        }

        bench.HangUp();
        List<string> lines = await listening;
        await bench.Session.WaitAsync(TimeSpan.FromSeconds(120));
        Assert.All(lines, line => Assert.True(
            line.Length >= 4 && line[0] is >= '2' and <= '5' && char.IsAsciiDigit(line[1]) && char.IsAsciiDigit(line[2]) && line[3] is ' ' or '-'
            && !line.Contains("Exception", StringComparison.Ordinal) && !line.Contains("   at ", StringComparison.Ordinal), $"seed {seed}: '{line}'"));
        Assert.All(bench.Hop.Taken, taken => Assert.True(taken.Content.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().IndexOfAny("\r\n\0") < 0, $"seed {seed}"));
    }

    private static async Task<List<string>> ListenAsync(SmtpBench bench)
    {
        var lines = new List<string>();
        while (await bench.LineAsync() is { } line)
        {
            lines.Add(line);
            if (line.StartsWith("220 2", StringComparison.Ordinal))
            {
                break;                                                     // STARTTLS was taken: what we send from here on is no handshake
            }
        }

        return lines;
    }

    private static async Task SendMuchAsync(SmtpBench bench, string text, int octets)
    {
        byte[] block = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(text, 64 * 1024 / text.Length)));
        for (int sent = 0; sent < octets && !bench.Session.IsCompleted; sent += block.Length)
        {
            await bench.SendAsync(block);
        }
    }

    private static SmtpBench Relay()
    {
        var bench = new SmtpBench();
        bench.Profile = bench.Profile with { Role = Role.Relay, Tls = null, TlsRequired = false, Authenticator = null };
        return bench;
    }
}
