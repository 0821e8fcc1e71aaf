using System.Diagnostics;
using System.Runtime.CompilerServices;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>
/// The relay's end of the pipeline: the message goes to the spool, and its 250 is the disk's (law 1 of the house). What the spool
/// cannot take now is a 4yz: a storage fault never bounces anything.
/// </summary>
public sealed class SpoolingHop(ISpool spool) : INextHop
{
    private static readonly Reply TooSlow = new(451, new(3, 2), "The queue is busy; try again later");
    private static readonly Reply Closing = new(421, new(3, 2), "System is shutting down");

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reply> AcceptAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        using Activity? span = MessageTracing.Spool(envelope);
        Reply reply = ToReply(await spool.AddAsync(envelope.Under(span), content, cancellationToken).ConfigureAwait(false));
        span.Answered(reply);
        return reply;
    }

    private static Reply ToReply(SpoolAdd result) => result switch
    {
        SpoolAdd.Queued queued => Replies.Queued(queued.Id.ToString()),
        SpoolAdd.Full => Replies.StorageFull,
        SpoolAdd.TooSlow => TooSlow,
        SpoolAdd.Closing => Closing,
        _ => Replies.StorageFault,
    };
}
