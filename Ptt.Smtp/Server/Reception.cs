using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Server;

/// <summary>What the client hears after data; over when the session ends with it, or without a word.</summary>
internal readonly record struct Answer(Reply? Reply, bool IsOver = false);

/// <summary>
/// The messages of one session: takes their octets off the wire and hands what came to the listener's next hop, whose reply is what the client
/// hears. It owns a message until then and not longer.
/// </summary>
internal sealed partial class Reception(
    string sessionId, IPAddress client, ListenerProfile profile, Limits limits, TimeProvider time, ServerMetrics metrics, ILogger logger, Wire wire, Dialogue dialogue)
{
    private readonly ILogger _logger = logger;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Answer> DataAsync()
    {
        wire.Say(Replies.StartData);
        await using var sink = new MessageSink(SizeLimit, profile.TemporaryDirectory, dialogue.Transaction!.Parameters.Size);
        Received received = await new MessageReceiver(wire, limits, time).DataAsync(sink, SizeLimit);
        return await EndAsync(received);
    }

    public async ValueTask<Answer> ChunkAsync(SmtpCommand.Bdat command)
    {
        Transaction transaction = dialogue.Transaction!;
        ChunkedMessage chunks = transaction.Chunks ??=
            new ChunkedMessage(new MessageSink(SizeLimit, profile.TemporaryDirectory, transaction.Parameters.Size ?? command.Size), limits.TextLine);
        Received received = await new MessageReceiver(wire, limits, time).ChunkAsync(command.Size, chunks, SizeLimit);
        if (received.IsOver)
        {
            return await EndAsync(received);
        }

        if (chunks.Refusal is { } refusal)
        {
            return await EndAsync(new Received(null, refusal, IsOver: false, HasEightBit: false));   // RFC 3030 §2: the transaction has failed
        }

        if (!command.Last)
        {
            dialogue.ChunkTaken();
            return new Answer(Replies.ChunkOk);
        }

        MessageContent? content = chunks.Complete();
        return await EndAsync(new Received(content, chunks.Refusal, IsOver: false, chunks.HasEightBit));
    }

    public async ValueTask<Answer> DiscardAsync(Step.DiscardChunk discard)
    {
        Received received = await new MessageReceiver(wire, limits, time).ChunkAsync(discard.Size, null, SizeLimit);
        return received.IsOver ? await EndAsync(received) : new Answer(discard.Reply);
    }

    // The end of data: the next hop answers for the message, and its reply is ours.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Answer> EndAsync(Received received)
    {
        Reply? reply = received.Refusal;
        if (received.Content is { } content)
        {
            await using (content)
            {
                reply = await HandOnAsync(dialogue.Transaction!.ToEnvelope(Origin(), received.HasEightBit), content);
            }
        }

        if (dialogue.EndTransaction(accepted: reply?.IsPositive == true) is { } ended)
        {
            await ended.DisposeAsync();
        }

        return new Answer(reply, received.IsOver);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> HandOnAsync(Envelope envelope, MessageContent content)
    {
        long start = time.GetTimestamp();
        using Activity? span = MessageTracing.Accept(profile.Role, envelope);
        Reply reply;
        try
        {
            // Not cancelled when the client goes: whether it heard our 250 or not, the message is accepted or it is not.
            reply = await profile.NextHop.AcceptAsync(envelope.Under(span), content, CancellationToken.None);
        }
        catch (Exception fault)
        {
            HopFaulted(sessionId, fault);                                  // our bug or our disk: never the client's fault
            reply = Replies.StorageFault;
        }

        span.Answered(reply);
        metrics.Answered(profile.Role, reply.Code, time.GetElapsedTime(start));
        return reply;
    }

    private long SizeLimit => Math.Min(limits.MessageSize, dialogue.Login?.MaxMessageSize ?? long.MaxValue);

    private Origin Origin() => new()
    {
        ReceivedAt = time.GetUtcNow(),
        SessionId = sessionId,
        Client = client,
        Helo = dialogue.Helo,
        Tls = dialogue.Tls?.Description,
        Extended = dialogue.Extended,
        Login = dialogue.Login,
    };

    [LoggerMessage(1105, LogLevel.Error, "Session {SessionId}: the next hop faulted")]
    private partial void HopFaulted(string sessionId, Exception fault);
}
