using System.Buffers;

namespace Ptt.Mail;

/// <summary>A link of a chain of memory that is read as one sequence.</summary>
internal sealed class OctetSegment : ReadOnlySequenceSegment<byte>
{
    private OctetSegment(ReadOnlyMemory<byte> memory, long index)
    {
        Memory = memory;
        RunningIndex = index;
    }

    public static ReadOnlySequence<byte> Join(ReadOnlyMemory<byte> front, ReadOnlySequence<byte> rest)
    {
        if (rest.IsEmpty)
        {
            return new ReadOnlySequence<byte>(front);
        }

        var first = new OctetSegment(front, 0);
        OctetSegment last = first;
        foreach (ReadOnlyMemory<byte> piece in rest)
        {
            last = last.Append(piece);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    public static ReadOnlySequence<byte> Join(IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        if (pieces.Count == 0)
        {
            return ReadOnlySequence<byte>.Empty;
        }

        var first = new OctetSegment(pieces[0], 0);
        OctetSegment last = first;
        for (int i = 1; i < pieces.Count; i++)
        {
            last = last.Append(pieces[i]);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private OctetSegment Append(ReadOnlyMemory<byte> memory)
    {
        var next = new OctetSegment(memory, RunningIndex + Memory.Length);
        Next = next;
        return next;
    }
}
