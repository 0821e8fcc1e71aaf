using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;

namespace Ptt.Web.Users;

/// <summary>Reads what <c>git cat-file --batch</c> writes: for each object asked for <c>id SP type SP size LF content LF</c>, or <c>id SP missing LF</c>.</summary>
internal static class BlobReader
{
    /// <summary>Every blob in the order asked for; null where it is missing, no blob, or larger than <paramref name="atMost"/>.</summary>
    public static async Task<byte[]?[]> ReadAsync(Stream output, int count, int atMost, CancellationToken cancellationToken)
    {
        PipeReader input = PipeReader.Create(output, new StreamPipeReaderOptions(bufferSize: 1 << 18, leaveOpen: true));
        byte[]?[] found = new byte[]?[count];
        for (int i = 0; i < count; i++)
        {
            (bool isBlob, long size) = await HeaderAsync(input, cancellationToken);
            if (size < 0)
            {
                continue;   // missing
            }

            byte[]? blob = isBlob && size <= atMost ? new byte[size] : null;
            await ContentAsync(input, size, blob, cancellationToken);
            found[i] = blob;
        }

        return found;
    }

    private static async Task<(bool IsBlob, long Size)> HeaderAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken);
            if (result.Buffer.PositionOf((byte)'\n') is { } end)
            {
                (bool, long) header = Parse(result.Buffer.Slice(0, end).ToArray());
                input.AdvanceTo(result.Buffer.GetPosition(1, end));
                return header;
            }

            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            ThrowAtEnd(result);
        }
    }

    private static (bool IsBlob, long Size) Parse(ReadOnlySpan<byte> line)
    {
        int type = line.IndexOf((byte)' ') + 1, size = line.LastIndexOf((byte)' ') + 1;
        return size > type && Utf8Parser.TryParse(line[size..], out long octets, out int used) && used == line.Length - size
            ? (line[type..(size - 1)].SequenceEqual("blob"u8), octets) : (false, -1);
    }

    private static async Task ContentAsync(PipeReader input, long size, byte[]? into, CancellationToken cancellationToken)
    {
        for (long left = size + 1; left > 0;)   // the LF behind it as well
        {
            ReadResult result = await input.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> part = result.Buffer.Slice(0, Math.Min(left, result.Buffer.Length));
            if (into is not null && left > 1)
            {
                part.Slice(0, Math.Min(part.Length, left - 1)).CopyTo(into.AsSpan((int)(size + 1 - left)));
            }

            left -= part.Length;
            input.AdvanceTo(part.End);
            if (left > 0)
            {
                ThrowAtEnd(result);
            }
        }
    }

    private static void ThrowAtEnd(ReadResult result)
    {
        if (result.IsCompleted)
        {
            throw new GitException("git cat-file ended early");
        }
    }
}
