using Ptt.Mail;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Sasl;

namespace Ptt.Smtp.Submission;

/// <summary>How much a login may send (recipients, not messages), and whether what it sends is like it.</summary>
public interface ISendingLimits
{
    /// <summary>Counts <paramref name="recipients"/> against the login, once for each message. What is refused is not counted.</summary>
    ValueTask<SendingVerdict> TakeAsync(Login login, IReadOnlyList<Mailbox> recipients, long size, CancellationToken cancellationToken);
}

/// <summary>What the limits say about one message.</summary>
public abstract record SendingVerdict
{
    public static readonly SendingVerdict Pass = new Passed();

    public sealed record Passed : SendingVerdict;

    /// <summary>450 4.7.1 for a limit that time lifts, 550 5.7.1 for one that an administrator must.</summary>
    public sealed record Refused(Reply Reply) : SendingVerdict;

    /// <summary>Accepted, but it waits in the queue until an administrator has looked: <see cref="Pipeline.Envelope.HoldReason"/>.</summary>
    public sealed record Held(string Reason) : SendingVerdict;
}
