using System.ComponentModel;
using System.Globalization;

namespace Ptt.Web.Queue;

/// <summary>Where a message of the queue stands; with several destinations it may stand in several places.</summary>
public enum QueueState
{
    /// <summary>Its turn has come, or it is being attempted.</summary>
    Active,

    /// <summary>New, waits for its turn.</summary>
    Waiting,

    /// <summary>Tried, waits for its next try.</summary>
    Deferred,

    Held,
}

/// <summary>Which messages of the queue; what is null does not count. Texts are looked for anywhere, without regard to case.</summary>
public sealed record QueueFilter
{
    [Description("Anywhere in sender, login, recipients, subject, From or Message-ID")]
    public string? Text { get; init; }

    [Description("In the reverse-path; a lone <> for the null one")]
    public string? Sender { get; init; }

    public string? Login { get; init; }

    public string? Recipient { get; init; }

    [Description("A destination, whole: example.com")]
    public string? Destination { get; init; }

    public string? Subject { get; init; }

    public string? MessageId { get; init; }

    [Description("In the last reply of a host")]
    public string? Reply { get; init; }

    [Description("active, waiting, deferred or held")]
    public string? State { get; init; }

    [Description("Accepted at or after")]
    public DateTimeOffset? Since { get; init; }

    [Description("Accepted before")]
    public DateTimeOffset? Until { get; init; }

    [Description("Octets")]
    public long? MinSize { get; init; }

    [Description("The oldest before the newest; bulk orders take all in any case")]
    public bool? OldestFirst { get; init; }

    /// <summary>What is looked for, for the audit log: <c>destination=example.com, state=held</c>, or <c>everything</c>.</summary>
    public string InWords()
    {
        (string Name, object? Value)[] all =
        [
            ("text", Text), ("sender", Sender), ("login", Login), ("recipient", Recipient), ("destination", Destination), ("subject", Subject), ("messageId", MessageId), ("reply", Reply),
            ("state", State), ("since", Since), ("until", Until), ("minSize", MinSize),
        ];
        string[] named = [.. all.Where(f => f.Value is not null and not "").Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Name}={(f.Value is DateTimeOffset at ? at.ToString("O") : f.Value)}"))];
        return named.Length > 0 ? string.Join(", ", named) : "everything";
    }
}

/// <summary>A page of the queue, the newest first. It may be short and have a next one: then the search goes on there.</summary>
public sealed record QueuePage(IReadOnlyList<QueuedMessage> Items, string? Next);

/// <summary>
/// One message of the queue. <paramref name="Sender"/> is the reverse-path, empty for the null one; <paramref name="Recipients"/> are the first
/// few of <paramref name="RecipientCount"/>. Subject, From and Message-ID are text of strangers.
/// </summary>
public sealed record QueuedMessage(
    string Id, DateTimeOffset AcceptedAt, string Sender, string? Login, IReadOnlyList<string> Recipients, int RecipientCount, long Size,
    string? Subject, string? MessageId, string? From, QueueState State, IReadOnlyList<string> Destinations, int DestinationCount, int Attempts,
    DateTimeOffset? NextTry, string? HoldReason, string? LastReply);

/// <summary>One message with everything that is known of it while it is queued.</summary>
public sealed record QueuedDetail(QueuedMessage Message, IReadOnlyList<QueuedDelivery> Deliveries, QueuedOrigin Origin);

public sealed record QueuedDelivery(
    string Destination, QueueState State, int Attempts, DateTimeOffset? NextTry, string? HoldReason, string? Reroute, string? LastReply, bool Paused,
    IReadOnlyList<QueuedRecipientView> Recipients);

public sealed record QueuedRecipientView(string Address, DateTimeOffset? NextTry, string? LastReply, bool DelayNoticed);

public sealed record QueuedOrigin(string SessionId, string? Client, string? Helo, string? Tls, bool EightBit, bool SmtpUtf8, bool RequireTls, string? EnvelopeId);

/// <summary>How much waits and how. Messages are exact; deliveries are as of a moment ago.</summary>
public sealed record QueueCounts(long Messages, long Deliveries, long Active, long Waiting, long Deferred, long Held, DateTimeOffset? OldestAcceptedAt);
