using System.Buffers;

namespace Ptt.Smtp.Client;

/// <summary>
/// The content on its way out: a dot is put before every line that begins with one (RFC 5321 §4.5.2), and a bare CR, a bare
/// LF or a NUL stops it, for the next server may read an end of data there. State goes across pieces.
/// </summary>
internal struct ContentEncoder(bool stuffing)
{
    private static readonly SearchValues<byte> Watched = SearchValues.Create("\r\n\0"u8);

    private bool _inLine;
    private bool _afterCr;

    /// <summary>True when what was written so far ends with CRLF, or nothing was.</summary>
    public readonly bool AtLineStart => !_inLine && !_afterCr;

    /// <summary>False when the piece must not be sent on. At most one octet more for each line is written.</summary>
    public bool TryEncode(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        int copied = 0, at = 0;
        if (_afterCr && piece.Length > 0)
        {
            if (piece[0] != '\n')
            {
                return false;
            }

            (_afterCr, _inLine, at) = (false, false, 1);
        }

        while (at < piece.Length)
        {
            if (!_inLine && stuffing && piece[at] == '.')
            {
                output.Write(piece[copied..at]);
                output.Write("."u8);
                copied = at;
            }

            _inLine = true;
            int stop = piece[at..].IndexOfAny(Watched);
            if (stop < 0)
            {
                break;
            }

            at += stop;
            if (piece[at] != '\r')
            {
                return false;
            }

            if (at + 1 == piece.Length)
            {
                _afterCr = true;
                break;
            }

            if (piece[at + 1] != '\n')
            {
                return false;
            }

            _inLine = false;
            at += 2;
        }

        output.Write(piece[copied..]);
        return true;
    }
}
