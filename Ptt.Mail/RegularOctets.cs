using System.Buffers;

namespace Ptt.Mail;

/// <summary>What makes a message irregular (RFC 5322 §2.1, §2.1.1).</summary>
public enum Irregularity
{
    /// <summary>CR without LF, or LF without CR.</summary>
    BareLineEnd,
    Nul,

    /// <summary>A line of more than 998 octets.</summary>
    LongLine,

    /// <summary>The last line has no CRLF.</summary>
    UnfinishedLine,
}

/// <summary>
/// Whether a message is made of lines as RFC 5322 §2.1 wants them. What is not would be changed by someone on the way, and a
/// signature would not survive it; so this is asked before signing.
/// </summary>
public static class RegularOctets
{
    public const int MaxLine = 998;

    private const int BufferSize = 64 * 1024;

    private static readonly SearchValues<byte> Special = SearchValues.Create("\0\r\n"u8);

    /// <summary>The first fault; null for a regular message.</summary>
    public static async ValueTask<Irregularity?> CheckAsync(MessageContent content, CancellationToken cancellationToken)
    {
        var scan = new Scan();
        if (content.TryGetMemory(out ReadOnlySequence<byte> octets))
        {
            foreach (ReadOnlyMemory<byte> piece in octets)
            {
                if (scan.Next(piece.Span) is { } fault)
                {
                    return fault;
                }
            }

            return scan.AtEnd();
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await using Stream stream = content.OpenRead();
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
            {
                if (scan.Next(buffer.AsSpan(0, read)) is { } fault)
                {
                    return fault;
                }
            }

            return scan.AtEnd();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private sealed class Scan
    {
        private long _line;
        private bool _cr;

        public Irregularity? Next(ReadOnlySpan<byte> octets)
        {
            while (!octets.IsEmpty)
            {
                if (_cr)
                {
                    if (octets[0] != '\n')
                    {
                        return Irregularity.BareLineEnd;
                    }

                    (_cr, _line) = (false, 0);
                    octets = octets[1..];
                    continue;
                }

                int plain = octets.IndexOfAny(Special);
                _line += plain < 0 ? octets.Length : plain;
                if (_line > MaxLine)
                {
                    return Irregularity.LongLine;
                }

                if (plain < 0)
                {
                    return null;
                }

                if (octets[plain] != '\r')
                {
                    return octets[plain] == 0 ? Irregularity.Nul : Irregularity.BareLineEnd;
                }

                _cr = true;
                octets = octets[(plain + 1)..];
            }

            return null;
        }

        public Irregularity? AtEnd() =>
            _cr ? Irregularity.BareLineEnd : _line > 0 ? Irregularity.UnfinishedLine : null;
    }
}
