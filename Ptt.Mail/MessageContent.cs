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

    /// <summary>A new reader at the first octet. Independent of other readers; disposed by the caller. It can seek.</summary>
    public abstract Stream OpenRead();

    /// <summary>
    /// The same message with another beginning: <paramref name="front"/> followed by what stands here from
    /// <paramref name="from"/> on. Signatures and trace fields are put in front with <c>from: 0</c>; a rewritten header with
    /// the offset of the body. Shares what it does not replace and does not own it.
    /// </summary>
    public abstract MessageContent WithFront(ReadOnlyMemory<byte> front, long from = 0);

    public static MessageContent FromMemory(ReadOnlyMemory<byte> octets) => new MemoryContent(new ReadOnlySequence<byte>(octets));

    /// <summary>The sequence's memory is kept, not copied: it must not change or be given back afterwards.</summary>
    public static MessageContent FromSequence(ReadOnlySequence<byte> octets) => new MemoryContent(octets);

    /// <summary>The content of a file, from <paramref name="offset"/> on. Disposing closes the file and leaves it where it is.</summary>
    public static MessageContent FromFile(string path, long offset = 0) => FileContent.Open(path, offset);

    /// <summary>Writes all of it to <paramref name="destination"/>, from memory without a copy.</summary>
    public async ValueTask CopyToAsync(Stream destination, CancellationToken cancellationToken)
    {
        if (TryGetMemory(out ReadOnlySequence<byte> octets))
        {
            foreach (ReadOnlyMemory<byte> piece in octets)
            {
                await destination.WriteAsync(piece, cancellationToken);
            }

            return;
        }

        await using Stream source = OpenRead();
        await source.CopyToAsync(destination, cancellationToken);
    }

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
