using System.Buffers;
using System.Text;

namespace Ptt.Smtp.Protocol;

/// <summary>Puts a reply on the wire (RFC 5321 §4.2.1, RFC 2034 §4): the code on every line, the status on every line.</summary>
public static class ReplyWriter
{
    // RFC 5321 §4.5.3.1.5: 512 octets with code and CRLF. A longer text goes on over several lines.
    private const int LongestText = 500;

    public static void Write(Reply reply, IBufferWriter<byte> output)
    {
        ReadOnlySpan<char> rest = reply.Text;
        while (true)
        {
            int end = rest.IndexOf('\n');
            ReadOnlySpan<char> line = end < 0 ? rest : rest[..end];
            ReadOnlySpan<char> after = end < 0 ? default : rest[(end + 1)..];
            if (line.Length > LongestText / 4 && Encoding.UTF8.GetByteCount(line) > LongestText)
            {
                int cut = LongestText / 4;                                  // four octets a char at the most
                cut -= char.IsHighSurrogate(line[cut - 1]) ? 1 : 0;
                end = cut;
                after = rest[cut..];
                line = line[..cut];
            }

            WriteLine(reply, line, last: end < 0, output);
            if (end < 0)
            {
                return;
            }

            rest = after;
        }
    }

    private static void WriteLine(Reply reply, ReadOnlySpan<char> text, bool last, IBufferWriter<byte> output)
    {
        Span<byte> to = output.GetSpan(32 + Encoding.UTF8.GetMaxByteCount(text.Length));
        int n = 0;
        n += Digits(reply.Code, to[n..]);
        to[n++] = last ? (byte)' ' : (byte)'-';
        if (reply.Status is { } status)
        {
            to[n++] = (byte)('0' + (reply.Code / 100));
            to[n++] = (byte)'.';
            n += Digits(status.Subject, to[n..]);
            to[n++] = (byte)'.';
            n += Digits(status.Detail, to[n..]);
            to[n++] = (byte)' ';
        }

        int length = Encoding.UTF8.GetBytes(text, to[n..]);
        foreach (ref byte b in to.Slice(n, length))
        {
            b = b is < 0x20 or 0x7F ? (byte)' ' : b;                       // a text made of a stranger's words cannot end our line
        }

        n += length;
        to[n++] = (byte)'\r';
        to[n++] = (byte)'\n';
        output.Advance(n);
    }

    private static int Digits(int value, Span<byte> to) =>
        System.Buffers.Text.Utf8Formatter.TryFormat(value, to, out int written) ? written : throw new ArgumentException("No room for a number.", nameof(to));
}
