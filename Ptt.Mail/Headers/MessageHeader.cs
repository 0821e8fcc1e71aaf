using System.Buffers;

namespace Ptt.Mail.Headers;

/// <summary>
/// The header of a message: where its fields and its body begin. It is a view of the message's own octets; nothing is
/// decoded, changed or repaired. What is not a header by RFC 5322 §2.2 is refused rather than guessed at, because the
/// next reader would guess differently.
/// </summary>
public sealed class MessageHeader
{
    private const int FirstRead = 8 * 1024;
    private const int FirstCopy = 2 * 1024;

    private static readonly SearchValues<byte> NotInName = SearchValues.Create(
        [.. Enumerable.Range(0, 256).Where(o => o is < 33 or > 126 or ':').Select(o => (byte)o)]);

    private readonly HeaderField[] _fields;

    private MessageHeader(HeaderField[] fields, int length, int bodyOffset)
    {
        _fields = fields;
        Length = length;
        BodyOffset = bodyOffset;
    }

    /// <summary>From the top down.</summary>
    public ReadOnlySpan<HeaderField> Fields => _fields;

    /// <summary>Octets of all fields: the offset of the empty line.</summary>
    public int Length { get; }

    /// <summary>The offset after the empty line; equal to <see cref="Length"/> in a message that has neither empty line nor body.</summary>
    public int BodyOffset { get; }

    /// <summary>Reads as much of the content as the header takes.</summary>
    public static async ValueTask<HeaderReading> ReadAsync(
        MessageContent content, CancellationToken cancellationToken, HeaderLimits? limits = null)
    {
        limits ??= HeaderLimits.Default;
        if (content.TryGetMemory(out ReadOnlySequence<byte> octets))
        {
            return octets.IsSingleSegment ? Parse(octets.First, isWhole: true, limits)! : Parse(octets, limits);
        }

        await using Stream stream = content.OpenRead();
        byte[] buffer = new byte[FirstRead];
        int length = 0;
        while (true)
        {
            length += await stream.ReadAtLeastAsync(
                buffer.AsMemory(length), buffer.Length - length, throwOnEndOfStream: false, cancellationToken);
            if (Parse(buffer.AsMemory(0, length), isWhole: length == content.Length, limits) is { } reading)
            {
                return reading;
            }

            Array.Resize(ref buffer, buffer.Length * 2);
        }
    }

    public static HeaderReading Parse(ReadOnlyMemory<byte> message, HeaderLimits? limits = null) =>
        Parse(message, isWhole: true, limits ?? HeaderLimits.Default)!;

    /// <summary>The number of fields of this name.</summary>
    public int Count(ReadOnlySpan<byte> name)
    {
        int count = 0;
        foreach (ref readonly HeaderField field in _fields.AsSpan())
        {
            count += field.Is(name) ? 1 : 0;
        }

        return count;
    }

    /// <summary>The first field of this name from the top.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, out HeaderField field)
    {
        foreach (ref readonly HeaderField candidate in _fields.AsSpan())
        {
            if (candidate.Is(name))
            {
                field = candidate;
                return true;
            }
        }

        field = default;
        return false;
    }

    // Several pieces (a front that was put on): the header is copied together, no more than it takes.
    private static HeaderReading Parse(ReadOnlySequence<byte> octets, HeaderLimits limits)
    {
        for (long take = FirstCopy; ; take *= 2)
        {
            take = Math.Min(take, octets.Length);
            if (Parse(octets.Slice(0, take).ToArray(), isWhole: take == octets.Length, limits) is { } reading)
            {
                return reading;
            }
        }
    }

    // Null asks for more octets.
    private static HeaderReading? Parse(ReadOnlyMemory<byte> message, bool isWhole, HeaderLimits limits)
    {
        ReadOnlySpan<byte> octets = message.Span;
        var fields = new List<HeaderField>(24);
        int start = 0;
        while (true)
        {
            if (start == octets.Length && isWhole)
            {
                return Done(bodyOffset: start);
            }

            if (octets[start..].StartsWith("\r\n"u8))
            {
                return Done(bodyOffset: start + 2);
            }

            int end = EndOfField(octets, start);
            if (end < 0 || (end == octets.Length && !isWhole))
            {
                // A continuation may still come.
                return octets.Length > limits.MaxOctets ? new HeaderReading.Refused(HeaderFault.TooLong, limits.MaxOctets)
                    : isWhole ? new HeaderReading.Refused(HeaderFault.Unfinished, start)
                    : null;
            }

            if (end > limits.MaxOctets)
            {
                return new HeaderReading.Refused(HeaderFault.TooLong, limits.MaxOctets);
            }

            if (!TryField(message, start, end, out HeaderField field))
            {
                return new HeaderReading.Refused(HeaderFault.NotAField, start);
            }

            if (fields.Count == limits.MaxFields)
            {
                return new HeaderReading.Refused(HeaderFault.TooManyFields, start);
            }

            fields.Add(field);
            start = end;
        }

        HeaderReading.Read Done(int bodyOffset) => new(new MessageHeader([.. fields], start, bodyOffset));
    }

    // After the CRLF that is not followed by white space; -1 when there is none.
    private static int EndOfField(ReadOnlySpan<byte> octets, int start)
    {
        int at = start;
        while (true)
        {
            int line = octets[at..].IndexOf("\r\n"u8);
            if (line < 0)
            {
                return -1;
            }

            at += line + 2;
            if (at == octets.Length || octets[at] is not ((byte)' ' or (byte)'\t'))
            {
                return at;
            }
        }
    }

    private static bool TryField(ReadOnlyMemory<byte> message, int start, int end, out HeaderField field)
    {
        ReadOnlySpan<byte> octets = message.Span[start..end];
        int nameLength = octets.IndexOfAny(NotInName);
        int colon = nameLength;
        while (colon > 0 && colon < octets.Length && octets[colon] is (byte)' ' or (byte)'\t')
        {
            colon++;   // RFC 5322 §4.5.3: white space before the colon is obsolete, not wrong
        }

        if (nameLength <= 0 || octets[colon] != ':')
        {
            field = default;
            return false;
        }

        field = new HeaderField(message, start, nameLength, start + colon + 1, end);
        return true;
    }
}
