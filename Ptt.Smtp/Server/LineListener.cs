using System.Buffers;
using System.Runtime.CompilerServices;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Server;

internal delegate T LineParser<out T>(in ReadOnlySequence<byte> line);

/// <summary>Hears one line at a time. Too long a line is read past, up to a limit, so that the session may go on.</summary>
internal sealed class LineListener(Wire wire)
{
    private const int LongestSkip = 64 * 1024;

    /// <summary>The line as <paramref name="parse"/> makes it; or why there is none. A refusal is to be said, and closes the session when <c>Fatal</c>.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(Heard Heard, T? Line, Reply? Refusal, bool Fatal)> HearAsync<T>(
        LineParser<T> parse, bool authentication, TimeSpan timeout, bool stoppable) where T : class
    {
        while (true)
        {
            (Heard heard, ReadOnlySequence<byte> buffer) = await wire.ReadAsync(timeout, stoppable);
            if (heard != Heard.Something)
            {
                return (heard, null, null, false);
            }

            ReadOnlySequence<byte> rest = buffer;
            int most = authentication || BeginsAuth(buffer) ? CommandLine.MaxAuthLength : CommandLine.MaxLength;
            switch (CommandLine.TryRead(ref rest, most, out ReadOnlySequence<byte> line))
            {
                case LineParse.Complete:
                    T parsed = parse(line);
                    wire.Trace?.Heard(line, secret: authentication);
                    wire.Advance(rest.Start, rest.Start);
                    return (Heard.Something, parsed, null, false);

                case LineParse.BareLineEnd:
                    wire.Advance(buffer.End, buffer.End);
                    return (Heard.Something, null, Replies.BareLineEnd, true);

                case LineParse.TooLong:
                    wire.Advance(buffer.Start, buffer.Start);
                    bool skipped = await SkipLineAsync(timeout);
                    return (Heard.Something, null, authentication ? Replies.AuthLineTooLong : Replies.LineTooLong, !skipped);

                default:
                    wire.Advance(buffer.Start, buffer.End);
                    if (wire.IsAtEnd)
                    {
                        return (Heard.Gone, null, null, false);
                    }

                    break;
            }
        }
    }

    private async ValueTask<bool> SkipLineAsync(TimeSpan timeout)
    {
        long skipped = 0;
        while (true)
        {
            (Heard heard, ReadOnlySequence<byte> buffer) = await wire.ReadAsync(timeout, stoppable: false);
            if (heard != Heard.Something)
            {
                return false;
            }

            SequencePosition? end = buffer.PositionOf((byte)'\n');
            SequencePosition consumed = end is { } lf ? buffer.GetPosition(1, lf) : buffer.End;
            skipped += buffer.Slice(0, consumed).Length;
            wire.Advance(consumed, consumed);
            if (skipped > LongestSkip)
            {
                return false;
            }

            if (end is not null)
            {
                return true;
            }
        }
    }

    private static bool BeginsAuth(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < 5)
        {
            return false;
        }

        Span<byte> start = stackalloc byte[5];
        buffer.Slice(0, 5).CopyTo(start);
        return System.Text.Ascii.EqualsIgnoreCase(start, "AUTH "u8);
    }
}
