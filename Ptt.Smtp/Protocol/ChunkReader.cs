using System.Buffers;

namespace Ptt.Smtp.Protocol;

/// <summary>
/// Watches the octets of BDAT (RFC 3030): they are counted, not framed, so nothing is unstuffed; but the content must be as regular as that of
/// DATA, since it may have to leave by DATA: CRLF line ends only, no NUL, lines of bounded length. A mutable value: one per message.
/// </summary>
public struct ChunkReader(int maxLine)
{
    private static readonly SearchValues<byte> Special = SearchValues.Create("\r\n\0"u8);

    private bool _afterCr;
    private bool _lineStart = true;
    private int _lineLength;

    /// <summary>The first fault. After one, nothing more is written.</summary>
    public DataFault Fault { get; private set; }

    public bool HasEightBit { get; private set; }

    public void Read<TSink>(ReadOnlySpan<byte> input, TSink output) where TSink : IOctetSink
    {
        if (input.IsEmpty)
        {
            return;
        }

        HasEightBit = HasEightBit || !System.Text.Ascii.IsValid(input);
        Inspect(input);
        if (Fault == DataFault.None)
        {
            output.Append(input);
        }
    }

    /// <summary>After the last chunk: closes an unfinished last line, as DATA would have had to.</summary>
    public void Complete<TSink>(TSink output) where TSink : IOctetSink
    {
        if (_afterCr)
        {
            Refuse(DataFault.BareLineEnd);
        }
        else if (!_lineStart && Fault == DataFault.None)
        {
            output.Append("\r\n"u8);
        }
    }

    private void Inspect(ReadOnlySpan<byte> input)
    {
        while (!input.IsEmpty && Fault == DataFault.None)
        {
            if (_afterCr)
            {
                if (input[0] != '\n')
                {
                    Refuse(DataFault.BareLineEnd);
                    return;
                }

                _afterCr = false;
                _lineStart = true;
                _lineLength = 0;
                input = input[1..];
                continue;
            }

            int length = input.IndexOfAny(Special);
            int run = length < 0 ? input.Length : length;
            _lineStart = _lineStart && run == 0;
            _lineLength += run;
            if (_lineLength > maxLine - 2)
            {
                Refuse(DataFault.LineTooLong);
            }

            if (length < 0)
            {
                return;
            }

            _afterCr = input[length] == '\r';
            if (!_afterCr)
            {
                Refuse(input[length] == '\n' ? DataFault.BareLineEnd : DataFault.Nul);
            }

            input = input[(length + 1)..];
        }
    }

    private void Refuse(DataFault fault) => Fault = Fault == DataFault.None ? fault : Fault;
}
