using Ptt.Mail;

namespace Ptt.Smtp.Relay;

/// <summary>What else may be done with the mail of a login that waits: for whoever takes a user's right to send away.</summary>
public interface IQueuedMail
{
    /// <summary>Nothing of that login goes out until it is released; what is being sent at this moment is. Returns how many messages.</summary>
    ValueTask<int> HoldAsync(Mailbox login, string reason, CancellationToken cancellationToken);

    ValueTask<int> ReleaseAsync(Mailbox login, CancellationToken cancellationToken);
}
