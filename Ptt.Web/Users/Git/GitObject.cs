using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Ptt.Web.Users.Git;

/// <summary>One object as git keeps it. <paramref name="Content"/> null: it is larger than was asked for.</summary>
internal sealed record GitObject(string Id, string Type, byte[]? Content)
{
    public bool IsCommit => Type == "commit";

    public static PipeReader Reader(Stream output) => PipeReader.Create(output, new StreamPipeReaderOptions(bufferSize: 1 << 18, leaveOpen: true));

    /// <summary>Takes the next off what <c>git cat-file --batch</c> writes: <c>id SP type SP size LF content LF</c>; null for <c>name SP missing LF</c>.</summary>
    public static async Task<GitObject?> ReadAsync(PipeReader input, int atMost, CancellationToken cancellationToken)
    {
        if (await HeaderAsync(input, cancellationToken) is not [var id, var type, var length] || !long.TryParse(length, out long size))
        {
            return null;
        }

        byte[]? content = size <= atMost ? new byte[size] : null;
        await ContentAsync(input, size, content, cancellationToken);
        return new GitObject(id, type, content);
    }

    private static async Task<string[]> HeaderAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken);
            if (result.Buffer.PositionOf((byte)'\n') is { } end)
            {
                string[] header = Encoding.UTF8.GetString(result.Buffer.Slice(0, end)).Split(' ');
                input.AdvanceTo(result.Buffer.GetPosition(1, end));
                return header;
            }

            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            ThrowAtEnd(result);
        }
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
