using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Tracing;

/// <summary>What to look for; what is null does not count.</summary>
public sealed record TraceFilter
{
    /// <summary>A whole address of a sender, login or recipient, or a whole domain of one.</summary>
    public string? Address { get; init; }

    /// <summary>With or without angle brackets.</summary>
    public string? MessageId { get; init; }

    /// <summary>Anywhere in subject, From, Message-ID or an address.</summary>
    public string? Text { get; init; }

    /// <summary>Some recipient is in this state: queued, held, delivered, deferred, failed, expired, dropped, suppressed.</summary>
    public string? State { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? Until { get; init; }

    /// <summary>The oldest before the newest.</summary>
    public bool? OldestFirst { get; init; }

    /// <summary>What the index is asked for; each must stand in the message.</summary>
    internal IReadOnlyList<string> Keys =>
    [
        .. new[] { Address?.Trim(), MessageId is null ? null : TraceKey.BareMessageId(MessageId) }.OfType<string>().Where(k => k.Length > 0),
    ];
}

/// <summary><paramref name="Next"/> is the id before which the next page begins; null on the last.</summary>
public sealed record TracePage(IReadOnlyList<TracedMessage> Items, string? Next);

/// <summary><paramref name="Sender"/> is the reverse-path, empty for the null one. Subject, From and Message-ID are text of strangers.</summary>
public sealed record TracedMessage(
    string Id, DateTimeOffset AcceptedAt, string Sender, string? Login, long Size, string? From, string? Subject, string? MessageId, string? Client, string? Tls,
    IReadOnlyList<TracedRecipient> Recipients);

/// <summary>How it stands with one recipient; <paramref name="Reply"/> is the remote's last words.</summary>
public sealed record TracedRecipient(string Address, string State, DateTimeOffset At, string? Reply);

public sealed record TracedStory(TracedMessage Message, IReadOnlyList<TracedEvent> Events)
{
    /// <summary>Of the table that the causes are from.</summary>
    public int CausesVersion => ReplyCauses.Version;
}

/// <summary><paramref name="What"/>: accepted, settled (an attempt and what came of it), held, released, retried, rerouted, returned, dropped. <paramref name="By"/> is who ordered it.</summary>
public sealed record TracedEvent(
    DateTimeOffset At, string What, string? By, string? Destination, int? Attempt, IReadOnlyList<TracedOutcome> Recipients, IReadOnlyList<TracedAttempt> Attempts);

public sealed record TracedOutcome(string Address, string State, string? Reply, DateTimeOffset? NextTry);

/// <summary>One session or look-up (<see cref="AttemptRecord"/>); <paramref name="Took"/> in milliseconds.</summary>
public sealed record TracedAttempt(
    DateTimeOffset At, int Took, string? Host, string? Address, string? Tls, string? TlsPolicy, string? Certificate, string Phase, string Reply, bool PerhapsDelivered)
{
    /// <summary>What a refusal is about, as far as it can be told, and what can be done; null where nothing was refused.</summary>
    public ReplyCause? Cause => ReplyCauses.OfText(Reply);

    public string? Advice => Cause is { } cause ? ReplyCauses.Advice(cause) : null;
}
