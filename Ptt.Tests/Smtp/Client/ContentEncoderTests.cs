using System.Buffers;
using System.Text;
using Ptt.Smtp.Client;

namespace Ptt.Tests.Smtp.Client;

public sealed class ContentEncoderTests
{
    [Theory]
    [InlineData("a\r\n", "a\r\n")]
    [InlineData(".\r\n", "..\r\n")]                                 // RFC 5321 §4.5.2
    [InlineData("..\r\n", "...\r\n")]
    [InlineData(".a\r\n.b\r\nc.\r\n", "..a\r\n..b\r\nc.\r\n")]
    [InlineData("a\r\n.", "a\r\n..")]
    [InlineData("\r\n\r\n.\r\n", "\r\n\r\n..\r\n")]
    [InlineData("", "")]
    public void Doubles_the_dot_at_the_beginning_of_a_line_wherever_the_pieces_are_cut(string content, string wire)
    {
        for (int cut = 0; cut <= content.Length; cut++)
        {
            Assert.Equal(wire, Encode(true, content[..cut], content[cut..]));
        }

        Assert.Equal(wire, Encode(true, [.. content.Select(c => c.ToString())]));
        Assert.Equal(content, Encode(false, content));
    }

    [Theory]
    [InlineData("a\n.\r\n")]
    [InlineData("a\r.\r\n")]
    [InlineData("a\r\r\n")]
    [InlineData("a\n")]
    [InlineData("\n.\n")]
    [InlineData("a\0b\r\n")]
    public void Stops_at_a_bare_CR_a_bare_LF_and_a_NUL(string content)
    {
        for (int cut = 0; cut <= content.Length; cut++)
        {
            Assert.Null(Encode(true, content[..cut], content[cut..]));
            Assert.Null(Encode(false, content[..cut], content[cut..]));
        }
    }

    [Fact]
    public void What_a_receiver_unstuffs_is_what_was_given_in_whatever_pieces()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            string content = string.Concat(Enumerable.Range(0, random.Next(200)).Select(_ => random.Next(6) switch
            {
                0 => "\r\n", 1 => ".", 2 => "\r\n.", 3 => "..", _ => "x",
            }));
            var pieces = new List<string>();
            for (int at = 0; at < content.Length;)
            {
                int take = Math.Min(random.Next(1, 20), content.Length - at);
                pieces.Add(content.Substring(at, take));
                at += take;
            }

            string? wire = Encode(true, [.. pieces]);
            Assert.True(wire is not null, $"seed {seed}");
            Assert.Equal(content, string.Join("\r\n", wire.Split("\r\n").Select(l => l.StartsWith('.') ? l[1..] : l)));
            Assert.DoesNotContain("\r\n.\r\n", "\r\n" + wire + "\r\n", StringComparison.Ordinal);
        }
    }

    private static string? Encode(bool stuffing, params string[] pieces)
    {
        var encoder = new ContentEncoder(stuffing);
        var output = new ArrayBufferWriter<byte>();
        foreach (string piece in pieces)
        {
            if (!encoder.TryEncode(Encoding.Latin1.GetBytes(piece), output))
            {
                return null;
            }
        }

        return encoder.AtLineStart || !pieces[^1].EndsWith('\r') ? Encoding.Latin1.GetString(output.WrittenSpan) : null;
    }
}
