using System.Buffers;
using System.Text;
using Ptt.Smtp.Protocol;

namespace Ptt.Tests.Smtp.Protocol;

public sealed class ReplyTests
{
    [Theory]
    [InlineData("250 OK\r\n", 250, null, "OK")]
    [InlineData("250\r\n", 250, null, "")]
    [InlineData("250 \r\n", 250, null, "")]
    [InlineData("550 5.7.1 No\r\n", 550, "5.7.1", "No")]
    [InlineData("550 5.7.1\r\n", 550, "5.7.1", "")]
    [InlineData("450 5.7.1 The classes differ\r\n", 450, null, "5.7.1 The classes differ")]
    [InlineData("550 5.7.1x is a word\r\n", 550, null, "5.7.1x is a word")]
    [InlineData("250-a\r\n250-b\r\n250 c\r\n", 250, null, "a\nb\nc")]
    [InlineData("550-5.7.1 a\r\n550 5.7.1 b\r\n", 550, "5.7.1", "a\nb")]
    [InlineData("220 bare\n", 220, null, "bare")]
    [InlineData("250 caf\u00e9\r\n", 250, null, "caf\u00e9")]
    [InlineData("250 a\0b\u001bc\r\n", 250, null, "a?b?c")]
    public void Reads_a_reply(string wire, int code, string? status, string text)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(wire));
        Assert.Equal(ReplyParse.Complete, ReplyReader.TryRead(ref buffer, out Reply? reply));
        Assert.Equal((code, status, text), (reply!.Code, reply.StatusText, reply.Text));
        Assert.True(buffer.IsEmpty);
    }

    [Theory]
    [InlineData("")]
    [InlineData("250")]
    [InlineData("250 OK")]
    [InlineData("250-OK\r\n")]
    [InlineData("250-OK\r\n250 almost\r")]
    public void Waits_for_the_rest_of_a_reply(string wire)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(wire));
        Assert.Equal(ReplyParse.Incomplete, ReplyReader.TryRead(ref buffer, out _));
        Assert.Equal(wire.Length, buffer.Length);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("150 no\r\n")]
    [InlineData("650 no\r\n")]
    [InlineData("25\r\n")]
    [InlineData("250OK\r\n")]
    [InlineData("250-a\r\n550 b\r\n")]
    [InlineData("\r\n")]
    public void Refuses_what_is_no_reply(string wire)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(wire));
        Assert.Equal(ReplyParse.Malformed, ReplyReader.TryRead(ref buffer, out _));
    }

    [Fact]
    public void A_reply_without_end_is_cut()
    {
        var endless = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(new string('2', ReplyReader.MaxLine + 1)));
        Assert.Equal(ReplyParse.Malformed, ReplyReader.TryRead(ref endless, out _));

        var lines = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("250-more\r\n", 10_000))));
        Assert.Equal(ReplyParse.Malformed, ReplyReader.TryRead(ref lines, out _));
    }

    [Theory]
    [InlineData(250, "0.0", "OK", "250 2.0.0 OK\r\n")]
    [InlineData(550, "7.1", "One\nTwo", "550-5.7.1 One\r\n550 5.7.1 Two\r\n")]
    [InlineData(354, null, "Go", "354 Go\r\n")]
    [InlineData(250, null, "a\nb\n", "250-a\r\n250-b\r\n250 \r\n")]
    [InlineData(550, null, "in\rject\0", "550 in ject \r\n")]
    public void Writes_a_reply(int code, string? status, string text, string wire)
    {
        int[]? digits = status?.Split('.').Select(int.Parse).ToArray();
        var output = new ArrayBufferWriter<byte>();
        ReplyWriter.Write(new Reply(code, digits is [int s, int d] ? new(s, d) : null, text), output);
        Assert.Equal(wire, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void No_line_of_a_reply_is_over_512_octets()
    {
        var output = new ArrayBufferWriter<byte>();
        ReplyWriter.Write(new Reply(550, new(7, 1), new string('\u20ac', 2000)), output);
        Assert.All(Encoding.UTF8.GetString(output.WrittenSpan).Split("\r\n"), line => Assert.True(Encoding.UTF8.GetByteCount(line) <= 510));
    }

    [Fact]
    public void What_is_written_is_read_again_and_a_mangled_reply_never_throws()
    {
        const int seed = 5321;
        var random = new Random(seed);
        for (int i = 0; i < 5_000; i++)
        {
            int code = (random.Next(2, 6) * 100) + random.Next(60);
            EnhancedStatusCode? status = random.Next(2) == 0 ? new(random.Next(10), random.Next(1000)) : null;
            string text = string.Join('\n', Enumerable.Range(0, random.Next(1, 4)).Select(_ => new string((char)random.Next(0x61, 0x7a), random.Next(60))));
            var output = new ArrayBufferWriter<byte>();
            ReplyWriter.Write(new Reply(code, status, text), output);

            var whole = new ReadOnlySequence<byte>(output.WrittenMemory);
            Assert.Equal(ReplyParse.Complete, ReplyReader.TryRead(ref whole, out Reply? read));
            Assert.Equal(new Reply(code, status, text), read);

            byte[] mangled = output.WrittenSpan.ToArray();
            mangled[random.Next(mangled.Length)] = (byte)random.Next(256);
            var buffer = new ReadOnlySequence<byte>(mangled.AsMemory(0, random.Next(mangled.Length + 1)));
            ReplyReader.TryRead(ref buffer, out _);
        }
    }

    [Theory]
    [InlineData("QQ314159", "QQ314159")]
    [InlineData("a+2Bb+3Dc", "a+b=c")]
    [InlineData("+20", " ")]
    public void Xtext_says_what_it_says(string encoded, string text)
    {
        Assert.True(Xtext.TryDecode(encoded, out string? decoded));
        Assert.Equal(text, decoded);
        Assert.Equal(encoded, Xtext.Encode(text));
    }

    [Theory]
    [InlineData("a=b")]
    [InlineData("a+2")]
    [InlineData("a+2b")]
    [InlineData("+0D+0A")]
    [InlineData("a b")]
    [InlineData("\u00e9")]
    public void What_is_not_xtext_is_refused(string encoded) => Assert.False(Xtext.TryDecode(encoded, out _));
}
