using System.Buffers;
using Ptt.Mail.Headers;

namespace Ptt.Mail.Dkim;

/// <summary>Hashes a body in constant memory, once for however many signatures ask (RFC 6376 §3.7 step 1).</summary>
internal static class BodyHash
{
    private const int BufferSize = 64 * 1024;

    /// <summary>Writes the body to every canonicalizer and finishes them.</summary>
    public static async ValueTask RunAsync(
        MessageContent content, MessageHeader header, IReadOnlyList<BodyCanonicalizer> canonicalizers, CancellationToken cancellationToken)
    {
        if (content.TryGetMemory(out ReadOnlySequence<byte> octets))
        {
            foreach (ReadOnlyMemory<byte> piece in octets.Slice(header.BodyOffset))
            {
                WriteAll(canonicalizers, piece.Span);
            }
        }
        else
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                await using Stream stream = content.OpenRead();
                stream.Position = header.BodyOffset;
                int read;
                while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
                {
                    WriteAll(canonicalizers, buffer.AsSpan(0, read));
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        foreach (BodyCanonicalizer canonicalizer in canonicalizers)
        {
            canonicalizer.Finish();
        }
    }

    private static void WriteAll(IReadOnlyList<BodyCanonicalizer> canonicalizers, ReadOnlySpan<byte> octets)
    {
        foreach (BodyCanonicalizer canonicalizer in canonicalizers)
        {
            canonicalizer.Write(octets);
        }
    }
}
