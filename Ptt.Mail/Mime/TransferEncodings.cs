using System.Buffers;

namespace Ptt.Mail.Mime;

/// <summary>The two encodings of RFC 2045 §6 that keep lines short: made, or wrapped anew without changing what they stand for.</summary>
internal static class TransferEncodings
{
    /// <summary>§6.7 (5) and §6.8.</summary>
    private const int MaxLine = 76;

    private static ReadOnlySpan<byte> Hex => "0123456789ABCDEF"u8;

    /// <summary>Line ends stay line ends; everything else can be read back octet by octet.</summary>
    public static void QuotedPrintable(ReadOnlySpan<byte> body, IBufferWriter<byte> output)
    {
        int column = 0;
        Span<byte> unit = stackalloc byte[3];
        for (int i = 0; i < body.Length; i++)
        {
            byte octet = body[i];
            if (octet == '\r' && i + 1 < body.Length && body[i + 1] == '\n')
            {
                output.Write("\r\n"u8);
                column = 0;
                i++;
                continue;
            }

            // (3): a space or tab at the end of a line would be lost on the way.
            bool isLast = i + 1 == body.Length || body[i + 1] == '\r';
            bool isPlain = octet is (>= (byte)'!' and <= (byte)'~' and not (byte)'=') || (octet is (byte)' ' or (byte)'\t' && !isLast);
            (unit[0], unit[1], unit[2]) = ((byte)'=', Hex[octet >> 4], Hex[octet & 15]);
            Put(isPlain ? body.Slice(i, 1) : unit, ref column, output);
        }
    }

    /// <summary>Lines that are too long get soft line ends; an escape is never cut.</summary>
    public static void WrapQuotedPrintable(ReadOnlySpan<byte> body, IBufferWriter<byte> output)
    {
        int column = 0;
        for (int i = 0; i < body.Length;)
        {
            if (body[i] == '\r' && i + 1 < body.Length && body[i + 1] == '\n')
            {
                output.Write("\r\n"u8);
                (column, i) = (0, i + 2);
                continue;
            }

            if (body[i] == '=' && i + 1 < body.Length && body[i + 1] == '\r')
            {
                output.Write("="u8);                                              // a soft line end that was there already
                i++;
                continue;
            }

            int length = body[i] == '=' ? Math.Min(3, body.Length - i) : 1;
            Put(body.Slice(i, length), ref column, output);
            i += length;
        }
    }

    /// <summary>§6.8: line ends and anything outside the alphabet mean nothing.</summary>
    public static void WrapBase64(ReadOnlySpan<byte> body, IBufferWriter<byte> output)
    {
        int column = 0;
        for (int i = 0; i < body.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit((char)body[i]) && body[i] is not ((byte)'+' or (byte)'/' or (byte)'='))
            {
                continue;
            }

            if (column == MaxLine)
            {
                output.Write("\r\n"u8);
                column = 0;
            }

            output.Write(body.Slice(i, 1));
            column++;
        }

        output.Write("\r\n"u8);
    }

    private static void Put(ReadOnlySpan<byte> unit, ref int column, IBufferWriter<byte> output)
    {
        if (column + unit.Length > MaxLine - 1)
        {
            output.Write("=\r\n"u8);
            column = 0;
        }

        output.Write(unit);
        column += unit.Length;
    }
}
