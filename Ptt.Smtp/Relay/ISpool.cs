using Ptt.Mail;
using Ptt.Smtp.Pipeline;

namespace Ptt.Smtp.Relay;

/// <summary>
/// The messages that we answer for. Whatever an awaited call here did is durable (fsynced) when it returns. The relay role
/// asks; <c>Ptt.Web/Queue</c> stores. Storage faults are values, never exceptions, except for faults of our own.
/// </summary>
public interface ISpool
{
    ValueTask<SpoolAdd> AddAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken);

    /// <summary>
    /// Takes deliveries that are due. Each is leased: nobody else gets it until it is settled or its lease ends, and its
    /// attempt is already counted, on disk. Empty when nothing is due.
    /// </summary>
    ValueTask<IReadOnlyList<Delivery>> LeaseAsync(LeaseRequest request, CancellationToken cancellationToken);

    /// <summary>Records what came of attempts, together with the reports they caused, in one transaction.</summary>
    ValueTask SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken cancellationToken);

    /// <summary>The content as it was accepted; null when the message is gone. The caller disposes it.</summary>
    ValueTask<MessageContent?> OpenAsync(SpoolId id, CancellationToken cancellationToken);

    /// <summary>Completes when something may be due: a new message, a retry whose time has come, an administrator's verb; or after <paramref name="atMost"/>.</summary>
    ValueTask WaitForWorkAsync(TimeSpan atMost, CancellationToken cancellationToken);
}

/// <summary><paramref name="AtMost"/> deliveries, and for each destination no more than <paramref name="RoomFor"/> says, so that a hanging one starves no other.</summary>
public sealed record LeaseRequest(int AtMost, Func<Destination, int> RoomFor);

/// <summary>What the spool says to a new message.</summary>
public abstract record SpoolAdd
{
    /// <summary>On disk.</summary>
    public sealed record Queued(SpoolId Id) : SpoolAdd;

    /// <summary>No room: 452 4.3.1.</summary>
    public sealed record Full : SpoolAdd;

    /// <summary>Writers wait too long already: 451 4.3.2.</summary>
    public sealed record TooSlow : SpoolAdd;

    /// <summary>The process is stopping: 421 4.3.2.</summary>
    public sealed record Closing : SpoolAdd;

    /// <summary>The disk failed: 451 4.3.0. The detail is in the log, not here.</summary>
    public sealed record Failed : SpoolAdd;
}
