using System.Buffers;

namespace Ptt.Smtp.Protocol;

public enum LineParse
{
    /// <summary>More octets are needed; nothing was consumed.</summary>
    Incomplete,

    Complete,

    /// <summary>Longer than allowed, whole or not.</summary>
    TooLong,

    /// <summary>A CR without LF or an LF without CR (RFC 5321 §2.3.8: neither ends a line).</summary>
    BareLineEnd,
}

/// <summary>Takes command lines off a buffer; no I/O.</summary>
public static class CommandLine
{
    /// <summary>
    /// RFC 5321 §4.5.3.1.4 says 512 with CRLF; the extensions add for MAIL 26 (SIZE), 16 (BODY), 10 (SMTPUTF8), 10+9+107 (DSN), 500 (AUTH=),
    /// 11 (REQUIRETLS), for RCPT 500+28 (DSN), and double paths for SMTPUTF8. One limit over all of them.
    /// </summary>
    public const int MaxLength = 2048;

    /// <summary>RFC 4954 §4.3.2.</summary>
    public const int MaxAuthLength = 12_288;

    /// <summary>Takes one line, without its CRLF, off the front of <paramref name="buffer"/>.</summary>
    public static LineParse TryRead(ref ReadOnlySequence<byte> buffer, int maxLength, out ReadOnlySequence<byte> line)
    {
        line = default;
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadToAny(out ReadOnlySequence<byte> before, "\r\n"u8, advancePastDelimiter: false))
        {
            return buffer.Length > maxLength - 2 ? LineParse.TooLong : LineParse.Incomplete;
        }

        if (before.Length > maxLength - 2)
        {
            return LineParse.TooLong;
        }

        if (!reader.IsNext((byte)'\r', advancePast: true))
        {
            return LineParse.BareLineEnd;
        }

        if (reader.End)
        {
            return LineParse.Incomplete;
        }

        if (!reader.IsNext((byte)'\n', advancePast: true))
        {
            return LineParse.BareLineEnd;
        }

        line = before;
        buffer = buffer.Slice(reader.Position);
        return LineParse.Complete;
    }

    /// <summary>True when another whole line waits in <paramref name="buffer"/>: then the answer may wait for its companions (RFC 2920 §3.2).</summary>
    public static bool HasMore(in ReadOnlySequence<byte> buffer) => buffer.PositionOf((byte)'\n') is not null;
}
