using System.Buffers;

namespace Ptt.Smtp.Protocol;

/// <summary>What is wrong with message data. It is still read to its end, so that the session can go on.</summary>
public enum DataFault
{
    None,
    BareLineEnd,
    Nul,
    LineTooLong,
}

/// <summary>
/// Reads what follows DATA (RFC 5321 §4.5.2): takes the dot of dot-stuffed lines away and finds the end, which is CRLF.CRLF and nothing
/// else; no look-alike with a bare CR or LF ends anything (that difference is what smuggled messages live on). Chunks may be cut
/// anywhere. A mutable value: one per message, never copied.
/// </summary>
public struct DataReader(int maxLine)
{
    private static readonly SearchValues<byte> Special = SearchValues.Create("\r\n\0"u8);

    private State _state = State.LineStart;
    private int _lineLength;

    private enum State : byte
    {
        LineStart,
        Line,
        Cr,
        Dot,
        DotCr,
        End,
    }

    /// <summary>The first fault. After one, nothing more is written.</summary>
    public DataFault Fault { get; private set; }

    public readonly bool IsAtEnd => _state == State.End;

    /// <summary>An octet over 127 was seen: the content needs 8BITMIME on its way.</summary>
    public bool HasEightBit { get; private set; }

    /// <summary>Takes what it can from <paramref name="input"/> and returns how much; less than all only at the end of data.</summary>
    public int Read<TSink>(ReadOnlySpan<byte> input, TSink output) where TSink : IOctetSink
    {
        int at = 0;
        while (at < input.Length && _state != State.End)
        {
            byte b = input[at];
            switch (_state)
            {
                case State.LineStart when b == '.':
                    _state = State.Dot;                                    // held back: it is the end's, or the stuffing
                    at++;
                    break;
                case State.Dot when b == '\r':
                    _state = State.DotCr;
                    at++;
                    break;
                case State.DotCr when b == '\n':
                    _state = State.End;
                    at++;
                    break;
                case State.DotCr:
                    Refuse(DataFault.BareLineEnd);
                    _state = State.Line;
                    break;
                case State.Cr when b == '\n':
                    Write("\r\n"u8, output);
                    _lineLength = 0;
                    _state = State.LineStart;
                    at++;
                    break;
                case State.Cr:
                    Refuse(DataFault.BareLineEnd);
                    _state = State.Line;
                    break;
                default:                                                   // §4.5.2: of a line that begins with a dot, the dot is deleted
                    at += Text(input[at..], output);
                    break;
            }
        }

        return at;
    }

    // A run up to the next CR, LF or NUL, and that octet.
    private int Text<TSink>(ReadOnlySpan<byte> input, TSink output) where TSink : IOctetSink
    {
        _state = State.Line;
        int length = input.IndexOfAny(Special);
        ReadOnlySpan<byte> run = length < 0 ? input : input[..length];
        _lineLength += run.Length;
        if (_lineLength > maxLine - 2)
        {
            Refuse(DataFault.LineTooLong);
            _lineLength = 0;
        }

        HasEightBit = HasEightBit || !System.Text.Ascii.IsValid(run);
        Write(run, output);
        if (length < 0)
        {
            return run.Length;
        }

        switch (input[length])
        {
            case (byte)'\r':
                _state = State.Cr;
                break;
            case (byte)'\n':
                Refuse(DataFault.BareLineEnd);
                break;
            default:
                Refuse(DataFault.Nul);
                break;
        }

        return length + 1;
    }

    private void Refuse(DataFault fault) => Fault = Fault == DataFault.None ? fault : Fault;

    private readonly void Write<TSink>(ReadOnlySpan<byte> octets, TSink output) where TSink : IOctetSink
    {
        if (Fault == DataFault.None)
        {
            output.Append(octets);
        }
    }
}
