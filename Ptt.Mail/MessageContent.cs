using System.Buffers;

namespace Ptt.Mail;

/// <summary>
/// The octets of a message, header and body, with CRLF line ends and no dot-stuffing; immutable and readable many times,
/// by several readers at once. Content past a size lies in a temporary file; such content belongs to whoever made it, who
/// disposes it after the next hop has answered. Content in memory needs no disposing and may be kept.
/// </summary>
public abstract class MessageContent : IAsyncDisposable
{
    /// <summary>In octets.</summary>
    public abstract long Length { get; }

    /// <summary>The whole content when it is in memory.</summary>
    public abstract bool TryGetMemory(out ReadOnlySequence<byte> octets);

    /// <summary>A new reader at the first octet. Independent of other readers; disposed by the caller.</summary>
    public abstract Stream OpenRead();

    /// <summary>
    /// The same message with another beginning: <paramref name="front"/> followed by what stands here from
    /// <paramref name="from"/> on. Signatures and trace fields are put in front with <c>from: 0</c>; a rewritten header with
    /// the offset of the body. Shares what it does not replace and does not own it.
    /// </summary>
    public abstract MessageContent WithFront(ReadOnlyMemory<byte> front, long from = 0);

    public static MessageContent FromMemory(ReadOnlyMemory<byte> octets) => new MemoryContent(new ReadOnlySequence<byte>(octets));

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private sealed class MemoryContent(ReadOnlySequence<byte> octets) : MessageContent
    {
        public override long Length => octets.Length;

        public override bool TryGetMemory(out ReadOnlySequence<byte> all)
        {
            all = octets;
            return true;
        }

        public override Stream OpenRead() => new MemoryStream(octets.ToArray(), writable: false);

        public override MessageContent WithFront(ReadOnlyMemory<byte> front, long from = 0)
        {
            var first = new Segment(front, 0);
            Segment last = first;
            foreach (ReadOnlyMemory<byte> piece in octets.Slice(from))
            {
                last = last.Append(piece);
            }

            return new MemoryContent(new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length));
        }
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index)
        {
            Memory = memory;
            RunningIndex = index;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
