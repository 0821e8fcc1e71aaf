using System.Buffers;
using System.Text;

namespace Ptt.Smtp.Protocol;

public enum ReplyParse
{
    /// <summary>More octets are needed; nothing was consumed.</summary>
    Incomplete,

    Complete,

    /// <summary>Not a reply, or one without end: the session is of no more use.</summary>
    Malformed,
}

/// <summary>
/// Reads what a server answers (RFC 5321 §4.2.1), for clients. Bounded, since the server is a stranger; and lenient where nothing
/// can be gained by being strict: a bare LF ends a line, and control characters become question marks.
/// </summary>
public static class ReplyReader
{
    /// <summary>RFC 5321 §4.5.3.1.5 says 512; some servers say more.</summary>
    public const int MaxLine = 4096;

    public const int MaxReply = 64 * 1024;

    /// <summary>Takes one whole reply off the front of <paramref name="buffer"/>; <paramref name="reply"/> is null unless it is complete.</summary>
    public static ReplyParse TryRead(ref ReadOnlySequence<byte> buffer, out Reply? reply)
    {
        reply = null;
        var reader = new SequenceReader<byte>(buffer);
        int code = 0;
        EnhancedStatusCode? status = null;
        StringBuilder? text = null;
        string? first = null;
        while (reader.TryReadTo(out ReadOnlySequence<byte> sequence, (byte)'\n'))
        {
            if (sequence.Length > MaxLine || reader.Consumed > MaxReply)
            {
                return ReplyParse.Malformed;
            }

            ReadOnlySpan<byte> line = sequence.IsSingleSegment ? sequence.FirstSpan : sequence.ToArray();
            line = line.EndsWith("\r"u8) ? line[..^1] : line;
            if (!TryCode(line, out int thisCode, out bool last) || (code != 0 && thisCode != code))
            {
                return ReplyParse.Malformed;
            }

            ReadOnlySpan<byte> rest = line.Length > 4 ? line[4..] : default;
            if (TryStatus(ref rest, thisCode / 100, out EnhancedStatusCode found) && (code == 0 || status is not null))
            {
                status ??= found;                                           // of several lines the first decides
            }

            code = thisCode;
            string words = Readable(rest);
            if (first is null)
            {
                first = words;
            }
            else
            {
                (text ??= new StringBuilder(first)).Append('\n').Append(words);
            }

            if (last)
            {
                reply = new Reply(code, status, text?.ToString() ?? first);
                buffer = buffer.Slice(reader.Position);
                return ReplyParse.Complete;
            }
        }

        return reader.Remaining > MaxLine || buffer.Length > MaxReply ? ReplyParse.Malformed : ReplyParse.Incomplete;
    }

    private static bool TryCode(ReadOnlySpan<byte> line, out int code, out bool last)
    {
        code = 0;
        last = true;
        // Reply-code = %x32-35 %x30-35 %x30-39; a second digit over 5 has been seen, so only the first is held to it.
        if (line.Length < 3 || line[0] is < (byte)'2' or > (byte)'5' || !char.IsAsciiDigit((char)line[1]) || !char.IsAsciiDigit((char)line[2])
            || (line.Length > 3 && line[3] is not ((byte)' ' or (byte)'-')))
        {
            return false;
        }

        code = ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0');
        last = line.Length == 3 || line[3] == ' ';
        return true;
    }

    /// <summary>RFC 3463 §2: class "." subject "." detail, where the class is the code's own first digit.</summary>
    private static bool TryStatus(ref ReadOnlySpan<byte> text, int replyClass, out EnhancedStatusCode status)
    {
        status = default;
        if (text.Length < 5 || text[0] != '0' + replyClass || text[1] != '.'
            || !System.Buffers.Text.Utf8Parser.TryParse(text[2..], out int subject, out int n) || n > 3 || subject < 0 || text[2] == '+'
            || text.Length < 2 + n + 2 || text[2 + n] != '.'
            || !System.Buffers.Text.Utf8Parser.TryParse(text[(3 + n)..], out int detail, out int m) || m > 3 || detail < 0 || text[3 + n] == '+')
        {
            return false;
        }

        ReadOnlySpan<byte> rest = text[(3 + n + m)..];
        if (rest.Length > 0 && rest[0] != ' ')
        {
            return false;
        }

        status = new(subject, detail);
        text = rest.Length > 0 ? rest[1..] : rest;
        return true;
    }

    private static string Readable(ReadOnlySpan<byte> octets) =>
        octets.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0
            ? Encoding.ASCII.GetString(octets)
            : string.Create(Encoding.UTF8.GetCharCount(octets), Encoding.UTF8.GetString(octets), static (to, from) =>
            {
                for (int i = 0; i < to.Length; i++)
                {
                    to[i] = char.IsControl(from[i]) ? '?' : from[i];
                }
            });
}
