using System.Buffers;
using Ptt.Mail;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Client;

/// <summary>Puts the content of a message on the wire, by DATA or by BDAT. What could be read two ways stops it: see <see cref="ContentEncoder"/>.</summary>
internal static class ContentWriter
{
    private const int Piece = 32 * 1024;

    /// <summary>A chunk has the length it was announced with: what lacks its last CRLF goes by DATA, which adds it (RFC 5321 §4.1.1.4).</summary>
    public static bool EndsWithCrLf(MessageContent content)
    {
        if (content.TryGetMemory(out ReadOnlySequence<byte> octets))
        {
            Span<byte> end = stackalloc byte[2];
            octets.Slice(Math.Max(0, octets.Length - 2)).CopyTo(end);
            return octets.IsEmpty || end.SequenceEqual("\r\n"u8);
        }

        using Stream stream = content.OpenRead();
        stream.Seek(-Math.Min(2, stream.Length), SeekOrigin.End);
        return stream.ReadByte() == '\r' && stream.ReadByte() == '\n';
    }

    /// <summary>A message in memory as one chunk, unsent. False: it cannot go; the wire holds a part of it.</summary>
    public static bool TryWriteWhole(MessageContent content, ClientWire wire)
    {
        var encoder = new ContentEncoder(stuffing: false);
        if (!content.TryGetMemory(out ReadOnlySequence<byte> octets))
        {
            return false;
        }

        foreach (ReadOnlyMemory<byte> segment in octets)
        {
            if (!encoder.TryEncode(segment.Span, wire))
            {
                return false;
            }
        }

        return encoder.AtLineStart;
    }

    /// <summary>
    /// Null when all of it is written (and all but the end of it sent). Otherwise the wire is broken, by the remote or by us: part of the content may
    /// be with the remote, and only that keeps it from being taken for a whole message.
    /// </summary>
    public static async ValueTask<Reply?> WriteAsync(MessageContent content, ClientWire wire, bool stuffing, ClientTimeouts timeouts)
    {
        var encoder = new ContentEncoder(stuffing);
        if (content.TryGetMemory(out ReadOnlySequence<byte> octets))
        {
            foreach (ReadOnlyMemory<byte> segment in octets)
            {
                for (ReadOnlyMemory<byte> rest = segment; !rest.IsEmpty;)
                {
                    ReadOnlyMemory<byte> piece = rest[..Math.Min(rest.Length, Piece)];
                    rest = rest[piece.Length..];
                    if (await WriteAsync(piece).ConfigureAwait(false) is { } stopped)
                    {
                        return stopped;
                    }
                }
            }
        }
        else
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(Piece);
            try
            {
                Stream stream = content.OpenRead();
                await using (stream.ConfigureAwait(false))
                {
                    int read;
                    while ((read = await stream.ReadAsync(buffer.AsMemory(0, Piece), CancellationToken.None).ConfigureAwait(false)) > 0)
                    {
                        if (await WriteAsync(buffer.AsMemory(0, read)).ConfigureAwait(false) is { } stopped)
                        {
                            return stopped;
                        }
                    }
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        // Left open: it ends in a bare CR, or a BDAT of the promised length could not end its last line.
        return encoder.AtLineStart || (encoder.TryEncode("\r\n"u8, wire) && stuffing) ? null : Unsafe();

        async ValueTask<Reply?> WriteAsync(ReadOnlyMemory<byte> piece) =>
            !encoder.TryEncode(piece.Span, wire) ? Unsafe()
            : !wire.ShouldFlush || await wire.FlushAsync(timeouts.DataBlock, "the content to be taken").ConfigureAwait(false) ? null
            : wire.Fault;

        Reply Unsafe()
        {
            wire.Break(ClientReplies.BareLineEnd);
            return ClientReplies.BareLineEnd;
        }
    }
}
