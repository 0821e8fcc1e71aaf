using System.Buffers;
using System.Runtime.CompilerServices;
using Ptt.Mail;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Transport;

namespace Ptt.Smtp.Server;

/// <summary>What came of receiving: content, or a refusal with the session intact, or a session that is over (with or without last words).</summary>
internal readonly record struct Received(MessageContent? Content, Reply? Refusal, bool IsOver, bool HasEightBit)
{
    public static Received Over(Reply? lastWords) => new(null, lastWords, true, false);
}

/// <summary>Takes the octets of a message off the wire, with a time limit for each read and a least rate over all of them.</summary>
internal sealed class MessageReceiver(Wire wire, Limits limits, TimeProvider time)
{
    private readonly DataRate _rate = new(limits.MinimumDataRate, limits.DataGrace);

    public static Reply ReplyTo(DataFault fault) => fault switch
    {
        DataFault.Nul => Replies.NulInData,
        DataFault.LineTooLong => Replies.TextLineTooLong,
        _ => Replies.BareLineEndInData,
    };

    /// <summary>After 354, to CRLF.CRLF. What is refused is still read to its end (RFC 1870 §6.3), up to twice what a message may have.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Received> DataAsync(MessageSink sink, long limit)
    {
        var reader = new DataReader(limits.TextLine);
        long start = time.GetTimestamp();
        long received = 0;
        while (true)
        {
            TimeSpan allowance = _rate.Allowance(time.GetElapsedTime(start), received, limits.DataTimeout);
            (Heard heard, ReadOnlySequence<byte> buffer) = await wire.ReadAsync(allowance, stoppable: false);
            if (heard != Heard.Something)
            {
                return Over(heard, allowance);
            }

            long consumed = 0;
            foreach (ReadOnlyMemory<byte> piece in buffer)
            {
                consumed += reader.Read(piece.Span, sink);
                if (reader.IsAtEnd)
                {
                    break;
                }
            }

            received += consumed;
            SequencePosition at = buffer.GetPosition(consumed);
            wire.Advance(at, at);
            if (reader.Fault != DataFault.None)
            {
                sink.Refuse(ReplyTo(reader.Fault));
            }

            if (reader.IsAtEnd)
            {
                MessageContent? content = sink.ToContent();
                return new Received(content, sink.Refusal, IsOver: false, reader.HasEightBit);
            }

            if (received > (2 * limit) + (1024 * 1024))
            {
                return Received.Over(sink.Refusal ?? Replies.TooLarge);
            }
        }
    }

    /// <summary>Hands the next <paramref name="size"/> octets to <paramref name="message"/>; null reads past them. Not over: all of them came.</summary>
    public async ValueTask<Received> ChunkAsync(long size, ChunkedMessage? message, long limit)
    {
        long start = time.GetTimestamp();
        for (long left = size; left > 0;)
        {
            if (size - left > (2 * limit) + (1024 * 1024))
            {
                return Received.Over(Replies.TooLarge);
            }

            TimeSpan allowance = _rate.Allowance(time.GetElapsedTime(start), size - left, limits.DataTimeout);
            (Heard heard, ReadOnlySequence<byte> buffer) = await wire.ReadAsync(allowance, stoppable: false);
            if (heard != Heard.Something)
            {
                return Over(heard, allowance);
            }

            ReadOnlySequence<byte> chunk = buffer.Slice(0, Math.Min(left, buffer.Length));
            if (message is not null)
            {
                foreach (ReadOnlyMemory<byte> piece in chunk)
                {
                    message.Append(piece.Span);
                }
            }

            left -= chunk.Length;
            wire.Advance(chunk.End, chunk.End);
        }

        return default;
    }

    // Less was allowed than a silent client may have: it was the rate that ended it.
    private Received Over(Heard heard, TimeSpan allowance) =>
        Received.Over(heard != Heard.TimedOut ? null : allowance < limits.DataTimeout ? Replies.TooSlow : Replies.TimedOut);
}
