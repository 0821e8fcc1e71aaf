using System.Buffers;
using System.Text;

namespace Ptt.Mail.Dkim;

/// <summary>The relaxed header canonicalization of RFC 6376 §3.4.2.</summary>
public static class RelaxedHeader
{
    private static readonly SearchValues<byte> Special = SearchValues.Create(" \t\r"u8);

    /// <summary>Writes <c>name:value</c> without the final CRLF. <paramref name="value"/> stands between the colon and the final CRLF.</summary>
    public static void Write(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        Span<byte> room = output.GetSpan(name.Length + 1 + value.Length);
        Ascii.ToLower(name, room, out int used);
        room[used++] = (byte)':';

        bool space = false;
        bool content = false;
        while (!value.IsEmpty)
        {
            int plain = value.IndexOfAny(Special);
            plain = plain < 0 ? value.Length : plain;
            if (plain == 0 && !(value[0] == '\r' && !value.StartsWith("\r\n"u8)))
            {
                space |= value[0] != '\r';
                value = value[(value[0] == '\r' ? 2 : 1)..];      // unfold: the CRLF goes, the white space after it counts
                continue;
            }

            plain = Math.Max(plain, 1);                           // a bare CR is content
            if (space && content)
            {
                room[used++] = (byte)' ';                         // runs of white space become one space
            }

            value[..plain].CopyTo(room[used..]);
            used += plain;
            value = value[plain..];
            (space, content) = (false, true);                     // white space at either end of the value is dropped
        }

        output.Advance(used);
    }
}
