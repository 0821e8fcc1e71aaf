using System.Text;

namespace Ptt.Mail.Headers;

/// <summary>
/// One field of a header (RFC 5322 §2.2) as it stands in the message: ranges of its octets, never decoded. The default
/// value is no field.
/// </summary>
public readonly struct HeaderField
{
    private readonly ReadOnlyMemory<byte> _header;
    private readonly int _nameLength;
    private readonly int _valueStart;

    internal HeaderField(ReadOnlyMemory<byte> header, int start, int nameLength, int valueStart, int end)
    {
        _header = header;
        Start = start;
        _nameLength = nameLength;
        _valueStart = valueStart;
        End = end;
    }

    /// <summary>The offset of the first octet of the name.</summary>
    public int Start { get; }

    /// <summary>The offset after the CRLF that ends the field.</summary>
    public int End { get; }

    /// <summary>Name, colon, value and the final CRLF.</summary>
    public ReadOnlyMemory<byte> Octets => _header[Start..End];

    /// <summary>Without white space that obsolete syntax allows before the colon (RFC 5322 §4.5).</summary>
    public ReadOnlySpan<byte> Name => _header.Span.Slice(Start, _nameLength);

    /// <summary>Everything after the colon and before the final CRLF, folds included.</summary>
    public ReadOnlySpan<byte> RawValue => _header.Span[_valueStart..(End - 2)];

    /// <summary>The name as a header compares it: without regard to ASCII case.</summary>
    public bool Is(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(Name, name);

    /// <summary>The value on one line, outer white space removed, as UTF-8 (RFC 6532). Encoded words stay as they are.</summary>
    public string Unfold() => Unfolding.ToText(RawValue);

    public override string ToString() => $"{Encoding.ASCII.GetString(Name)}: {Unfold()}";
}
