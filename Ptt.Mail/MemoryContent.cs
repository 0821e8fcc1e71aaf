using System.Buffers;

namespace Ptt.Mail;

/// <summary>Content in memory, in one piece or several.</summary>
internal sealed class MemoryContent(ReadOnlySequence<byte> octets) : MessageContent
{
    public override long Length => octets.Length;

    public override bool TryGetMemory(out ReadOnlySequence<byte> all)
    {
        all = octets;
        return true;
    }

    public override Stream OpenRead() => new ContentStream(octets, file: null, fileOffset: 0, fileLength: 0);

    public override MessageContent WithFront(ReadOnlyMemory<byte> front, long from = 0) =>
        new MemoryContent(OctetSegment.Join(front, octets.Slice(from)));
}
