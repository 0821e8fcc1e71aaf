using Ptt.Mail;

namespace Ptt.Smtp.Relay;

/// <summary>The latest mail of a login, for a page about that user: waiting, delivered or failed.</summary>
public interface IRecentMail
{
    ValueTask<IReadOnlyList<RecentMail>> OfAsync(Mailbox login, int atMost, CancellationToken cancellationToken);
}

/// <summary><paramref name="State"/> is the least settled of its recipients'; <paramref name="Subject"/> is text of strangers.</summary>
public sealed record RecentMail(string Id, DateTimeOffset At, string? Subject, IReadOnlyList<string> Recipients, string State);
