using System.Buffers;
using Ptt.Mail.Headers;

namespace Ptt.Mail.Mime;

/// <summary>
/// Makes a message whose lines are too long (RFC 5322 §2.1.1) regular without changing what it says: a part with such a line is encoded as quoted-printable, or wrapped anew where
/// it is encoded already (RFC 2045 §6.7, §6.8). Parts without one keep every octet. Asked before signing: whoever broke the lines afterwards would break the signature.
/// </summary>
public static class LongLines
{
    /// <summary>A larger message is not taken into memory for this.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    private const int MaxDepth = 20;

    private static readonly SemaphoreSlim Few = new(4, 4);

    /// <summary>
    /// The same message in short lines; the caller disposes it. Null where that cannot be: a long line in a header, in something that a signature covers already
    /// (multipart/signed, multipart/encrypted), between parts, or in a message that is too large or too deep.
    /// </summary>
    public static async ValueTask<MessageContent?> ReencodeAsync(MessageContent content, CancellationToken cancellationToken)
    {
        if (content.Length > MaxLength)
        {
            return null;
        }

        await Few.WaitAsync(cancellationToken);
        try
        {
            var copy = new MemoryStream((int)content.Length);
            await content.CopyToAsync(copy, cancellationToken);
            await using var output = new MessageContentBuilder();
            return TryWrite(copy.GetBuffer().AsMemory(0, (int)copy.Length), output, 0) ? output.ToContent() : null;
        }
        finally
        {
            Few.Release();
        }
    }

    private static bool TryWrite(ReadOnlyMemory<byte> entity, IBufferWriter<byte> output, int depth)
    {
        if (!IsLong(entity.Span))
        {
            output.Write(entity.Span);
            return true;
        }

        if (depth > MaxDepth || MessageHeader.Parse(entity) is not HeaderReading.Read { Header: { } header } || IsLong(entity.Span[..header.BodyOffset]))
        {
            return false;
        }

        ReadOnlyMemory<byte> body = entity[header.BodyOffset..];
        string type = TypeOf(header, out string? boundary);
        string encoding = header.TryFind("Content-Transfer-Encoding"u8, out HeaderField field) ? field.Unfold().Trim().ToLowerInvariant() : "7bit";
        bool isPlain = encoding is "7bit" or "8bit" or "binary";
        if (isPlain && type.StartsWith("multipart/", StringComparison.Ordinal))
        {
            output.Write(entity.Span[..header.BodyOffset]);
            return boundary is not null && type is not ("multipart/signed" or "multipart/encrypted") && TryWriteParts(body, boundary, output, depth);
        }

        if (isPlain && type is "message/rfc822" or "message/global")
        {
            output.Write(entity.Span[..header.BodyOffset]);
            return TryWrite(body, output, depth + 1);
        }

        switch (encoding)
        {
            case "base64":
                output.Write(entity.Span[..header.BodyOffset]);
                TransferEncodings.WrapBase64(body.Span, output);
                return true;
            case "quoted-printable":
                output.Write(entity.Span[..header.BodyOffset]);
                TransferEncodings.WrapQuotedPrintable(body.Span, output);
                return true;
            case var _ when isPlain && !type.StartsWith("message/", StringComparison.Ordinal):
                WriteHeader(header, isTop: depth == 0, output);
                TransferEncodings.QuotedPrintable(body.Span, output);
                return true;
            default:
                return false;
        }
    }

    /// <summary>RFC 2046 §5.1.1: the CRLF before a delimiter line belongs to the delimiter.</summary>
    private static bool TryWriteParts(ReadOnlyMemory<byte> body, string boundary, IBufferWriter<byte> output, int depth)
    {
        byte[] delimiter = System.Text.Encoding.ASCII.GetBytes("--" + boundary);
        int at = 0;
        bool isInside = false;
        while (true)
        {
            (int start, int end) = NextDelimiter(body.Span, delimiter, at);
            ReadOnlyMemory<byte> between = start < 0 ? body[at..] : body[at..start];
            if (isInside ? !TryWrite(between, output, depth + 1) : IsLong(between.Span))
            {
                return false;
            }

            if (!isInside)
            {
                output.Write(between.Span);
            }

            if (start < 0)
            {
                return true;
            }

            output.Write(body.Span[start..end]);
            isInside = !body.Span[start..end].TrimStart("\r\n"u8)[delimiter.Length..].StartsWith("--"u8);
            at = end;
        }
    }

    /// <summary>From the CRLF before it to the CRLF after it; -1 when there is none.</summary>
    private static (int Start, int End) NextDelimiter(ReadOnlySpan<byte> body, ReadOnlySpan<byte> delimiter, int from)
    {
        for (int at = from; ;)
        {
            int found = body[at..].IndexOf(delimiter);
            if (found < 0)
            {
                return (-1, -1);
            }

            found += at;
            int line = body[found..].IndexOf("\r\n"u8);
            int end = line < 0 ? body.Length : found + line + 2;
            ReadOnlySpan<byte> rest = body[(found + delimiter.Length)..end];
            rest = rest.StartsWith("--"u8) ? rest[2..] : rest;
            bool isAtLineStart = found == 0 || (found >= 2 && body[(found - 2)..found].SequenceEqual("\r\n"u8));
            if (isAtLineStart && rest.Trim(" \t\r\n"u8).IsEmpty)
            {
                return (Math.Max(from, found - (found == 0 ? 0 : 2)), end);
            }

            at = found + delimiter.Length;
        }
    }

    private static void WriteHeader(MessageHeader header, bool isTop, IBufferWriter<byte> output)
    {
        foreach (ref readonly HeaderField field in header.Fields)
        {
            if (!field.Is("Content-Transfer-Encoding"u8))
            {
                output.Write(field.Octets.Span);
            }
        }

        if (isTop && header.Count("MIME-Version"u8) == 0)
        {
            output.Write("MIME-Version: 1.0\r\n"u8);                            // RFC 2045 §4: without it the encoding would mean nothing
        }

        output.Write("Content-Transfer-Encoding: quoted-printable\r\n\r\n"u8);
    }

    private static string TypeOf(MessageHeader header, out string? boundary)
    {
        boundary = null;
        if (!header.TryFind("Content-Type"u8, out HeaderField field))
        {
            return "text/plain";
        }

        string[] parts = field.Unfold().Split(';', StringSplitOptions.TrimEntries);
        boundary = parts.Skip(1).Where(p => p.StartsWith("boundary=", StringComparison.OrdinalIgnoreCase)).Select(p => p["boundary=".Length..].Trim().Trim('"')).FirstOrDefault(b => b.Length > 0);
        return parts[0].ToLowerInvariant();
    }

    private static bool IsLong(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            int end = octets.IndexOf("\r\n"u8);
            if ((end < 0 ? octets.Length : end) > RegularOctets.MaxLine)
            {
                return true;
            }

            octets = end < 0 ? [] : octets[(end + 2)..];
        }

        return false;
    }
}
