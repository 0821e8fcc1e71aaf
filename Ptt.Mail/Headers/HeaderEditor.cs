using System.Buffers;

namespace Ptt.Mail.Headers;

/// <summary>
/// Takes fields out of a header and puts new ones at its top or its end; what is not touched keeps its very octets. The
/// result shares the body with the content it was made from.
/// </summary>
public sealed class HeaderEditor(MessageHeader header)
{
    private readonly List<byte[]> _top = [];
    private readonly List<byte[]> _end = [];
    private bool[]? _removed;

    public bool HasChanges => _top.Count > 0 || _end.Count > 0 || _removed is not null;

    /// <summary>Removes every field of this name; returns how many there were.</summary>
    public int Remove(ReadOnlySpan<byte> name)
    {
        int count = 0;
        for (int i = 0; i < header.Fields.Length; i++)
        {
            if (header.Fields[i].Is(name))
            {
                (_removed ??= new bool[header.Fields.Length])[i] = true;
                count++;
            }
        }

        return count;
    }

    /// <summary>Above everything that stands there now, as trace fields go (RFC 5321 §4.4). The field ends with CRLF.</summary>
    public void AddOnTop(byte[] field) => _top.Insert(0, field);

    /// <summary>Below the last field.</summary>
    public void AddAtEnd(byte[] field) => _end.Add(field);

    public MessageContent Apply(MessageContent content)
    {
        if (!HasChanges)
        {
            return content;
        }

        var front = new ArrayBufferWriter<byte>(1024);
        _top.ForEach(field => front.Write(field));
        if (_removed is null && _end.Count == 0)
        {
            return content.WithFront(front.WrittenMemory);
        }

        for (int i = 0; i < header.Fields.Length; i++)
        {
            if (_removed is null || !_removed[i])
            {
                front.Write(header.Fields[i].Octets.Span);
            }
        }

        _end.ForEach(field => front.Write(field));
        return content.WithFront(front.WrittenMemory, header.Length);
    }
}
