using System.Text;
using Ptt.Smtp.Protocol;

namespace Ptt.Tests.Smtp.Protocol;

public sealed class DataReaderTests
{
    private sealed class Sink : IOctetSink
    {
        private readonly List<byte> _octets = [];

        public string Text => Encoding.Latin1.GetString([.. _octets]);

        public void Append(ReadOnlySpan<byte> octets) => _octets.AddRange(octets);
    }

    [Theory]
    [InlineData(".\r\n", "", DataFault.None)]
    [InlineData("a\r\n.\r\n", "a\r\n", DataFault.None)]
    [InlineData("..\r\n.\r\n", ".\r\n", DataFault.None)]
    [InlineData(".a\r\n...b\r\n.\r\n", "a\r\n..b\r\n", DataFault.None)]
    [InlineData("a.\r\n.\r\n", "a.\r\n", DataFault.None)]
    [InlineData("a\n.\n\r\n.\r\n", null, DataFault.BareLineEnd)]
    [InlineData("a\r.\r\r\n.\r\n", null, DataFault.BareLineEnd)]
    [InlineData("a\r\n.\rb\r\n.\r\n", null, DataFault.BareLineEnd)]
    [InlineData("a\r\n.\n\r\n.\r\n", null, DataFault.BareLineEnd)]
    [InlineData("a\r\r\n.\r\n", null, DataFault.BareLineEnd)]
    [InlineData("a\0\r\n.\r\n", null, DataFault.Nul)]
    [InlineData("12345678901\r\n.\r\n", null, DataFault.LineTooLong)]
    [InlineData("1234567890\r\n.1234567890\r\n.\r\n", "1234567890\r\n1234567890\r\n", DataFault.None)]
    public void However_it_is_cut_the_content_is_the_same(string wire, string? content, DataFault fault)
    {
        byte[] octets = Encoding.Latin1.GetBytes(wire + "QUIT\r\n");
        for (int cut = 1; cut <= octets.Length; cut++)
        {
            var reader = new DataReader(maxLine: 12);
            var sink = new Sink();
            int consumed = 0;
            for (int at = 0; at < octets.Length && !reader.IsAtEnd; at += cut)
            {
                consumed += reader.Read(octets.AsSpan(at, Math.Min(cut, octets.Length - at)), sink);
            }

            Assert.True(reader.IsAtEnd);
            Assert.Equal(wire.Length, consumed);
            Assert.Equal(fault, reader.Fault);
            Assert.Equal(content ?? sink.Text, sink.Text);
        }
    }

    [Fact]
    public void What_was_stuffed_comes_back_and_nothing_irregular_ever_comes_through()
    {
        const int seed = 4521;
        var random = new Random(seed);
        string[] pieces = ["\r\n", "\r", "\n", ".", "..", "a", "\r\n.", "\r\n.\r", "\r\n.\n", "\0", "text", "\xe9"];
        for (int i = 0; i < 20_000; i++)
        {
            string body = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]));
            string wire = body + "\r\n.\r\n";
            var reader = new DataReader(maxLine: 1000);
            var sink = new Sink();
            byte[] octets = Encoding.Latin1.GetBytes(wire);
            int at = 0;
            while (at < octets.Length && !reader.IsAtEnd)
            {
                int length = random.Next(1, octets.Length - at + 1);
                at += reader.Read(octets.AsSpan(at, length), sink);
            }

            Assert.True(reader.IsAtEnd);
            string content = sink.Text;
            if (reader.Fault == DataFault.None)
            {
                string stuffed = (content.StartsWith('.') ? "." : "") + content.Replace("\r\n.", "\r\n..", StringComparison.Ordinal) + ".\r\n";
                Assert.Equal(wire[..at], stuffed.Length == at ? stuffed : Unstuffable(wire[..at], content));
            }

            string without = content.Replace("\r\n", "", StringComparison.Ordinal);
            Assert.True(reader.Fault != DataFault.None || without.AsSpan().IndexOfAny("\r\n\0") < 0);
        }
    }

    // A client may leave a dot unstuffed before other text: it is lost (RFC 5321 §4.5.2), and the two differ by such dots only.
    private static string Unstuffable(string wire, string content)
    {
        string[] lines = wire[..^3].Split("\r\n");
        Assert.Equal(content, string.Join("\r\n", lines.Select(l => l.StartsWith('.') ? l[1..] : l)));
        return wire;
    }

    [Theory]
    [InlineData("a\r\n.\r\n..b\r\n", "a\r\n.\r\n..b\r\n", DataFault.None)]
    [InlineData("no end", "no end\r\n", DataFault.None)]
    [InlineData("", "", DataFault.None)]
    [InlineData("a\r", null, DataFault.BareLineEnd)]
    [InlineData("a\rb\r\n", null, DataFault.BareLineEnd)]
    [InlineData("a\nb\r\n", null, DataFault.BareLineEnd)]
    [InlineData("a\0\r\n", null, DataFault.Nul)]
    [InlineData("12345678901\r\n", null, DataFault.LineTooLong)]
    public void Chunks_are_as_regular_as_data_however_they_are_cut(string octets, string? content, DataFault fault)
    {
        byte[] all = Encoding.Latin1.GetBytes(octets);
        for (int cut = 1; cut <= all.Length + 1; cut++)
        {
            var reader = new ChunkReader(maxLine: 12);
            var sink = new Sink();
            for (int at = 0; at < all.Length; at += cut)
            {
                reader.Read(all.AsSpan(at, Math.Min(cut, all.Length - at)), sink);
            }

            reader.Complete(sink);
            Assert.Equal(fault, reader.Fault);
            Assert.Equal(content ?? sink.Text, sink.Text);
        }
    }
}
