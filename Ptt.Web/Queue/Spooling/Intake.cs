using System.Buffers;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Spooling;

/// <summary>Makes of an envelope and its content what the writer can store: an id, the octets in one piece or a synced file, and what people look it up by.</summary>
internal sealed partial class Intake(SpoolIds ids, BodyFiles bodies, Hands hands, DiskRoom room, ILogger logger)
{
    /// <summary>For new mail: a body that cannot be written is a reason to refuse it.</summary>
    public async ValueTask<(NewMessage? Message, SpoolAdd? Refused)> TryPrepareAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        try
        {
            NewMessage message = await PrepareAsync(envelope, content, cancellationToken);
            if (message.Message.InFile)
            {
                room.Wrote(message.Message.Size);
            }

            return (message, null);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            BodyFailed(fault);
            if (!IsNoSpace(fault))
            {
                return (null, new SpoolAdd.Failed());
            }

            room.Exhausted();
            return (null, new SpoolAdd.Full());
        }
    }

    public async ValueTask<NewMessage> PrepareAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        SpoolId id = ids.Next();
        bool inFile = content.Length > BodyFiles.Threshold;
        byte[]? octets = null;
        HeaderFacts facts;
        if (inFile)
        {
            await bodies.WriteAsync(id, content, cancellationToken);
            facts = await ReadHeadAsync(content, cancellationToken);
        }
        else
        {
            octets = await FlattenAsync(content, cancellationToken);
            facts = HeaderFacts.Read(octets.AsSpan(0, Math.Min(octets.Length, HeaderFacts.HeadLength)));
        }

        var message = new SpooledMessage
        {
            Id = id,
            Envelope = envelope,
            Facts = facts,
            Size = content.Length,
            AcceptedAt = DateTimeOffset.FromUnixTimeMilliseconds(hands.Now),
            InFile = inFile,
        };
        return new NewMessage(message, StoredEnvelope.Of(envelope), octets, envelope.HoldReason, hands);
    }

    /// <summary>It was not taken.</summary>
    public void Forget(NewMessage message)
    {
        if (message.Message.InFile)
        {
            bodies.Delete(message.Message.Id);
        }
    }

    /// <summary>One flat copy: bound to the row, and delivered from while the window keeps it.</summary>
    private static async ValueTask<byte[]> FlattenAsync(MessageContent content, CancellationToken cancellationToken)
    {
        byte[] octets = GC.AllocateUninitializedArray<byte>((int)content.Length);
        if (content.TryGetMemory(out ReadOnlySequence<byte> sequence))
        {
            sequence.CopyTo(octets);
        }
        else
        {
            await using Stream stream = content.OpenRead();
            await stream.ReadExactlyAsync(octets, cancellationToken);
        }

        return octets;
    }

    private static async ValueTask<HeaderFacts> ReadHeadAsync(MessageContent content, CancellationToken cancellationToken)
    {
        byte[] head = ArrayPool<byte>.Shared.Rent(HeaderFacts.HeadLength);
        try
        {
            await using Stream stream = content.OpenRead();
            int read = await stream.ReadAtLeastAsync(head, HeaderFacts.HeadLength, throwOnEndOfStream: false, cancellationToken);
            return HeaderFacts.Read(head.AsSpan(0, Math.Min(read, HeaderFacts.HeadLength)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(head);
        }
    }

    private static bool IsNoSpace(Exception fault) => (fault.HResult & 0xffff) is 28 or 122;   // ENOSPC, EDQUOT

    [LoggerMessage(5002, LogLevel.Error, "The body of a message could not be written")]
    private partial void BodyFailed(Exception fault);
}
