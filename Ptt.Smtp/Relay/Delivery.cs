using Ptt.Dns;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>Where recipients go together: a domain in lower-case A-labels, or an address literal with its brackets.</summary>
public readonly record struct Destination(string Name)
{
    public static Destination Of(Mailbox mailbox) => new(mailbox.DomainText);

    public bool IsLiteral => Name.StartsWith('[');

    public override string ToString() => Name;
}

/// <summary>One message, one destination, its due recipients: what one attempt tries.</summary>
public sealed record Delivery
{
    public required SpoolId Id { get; init; }

    public required Destination Destination { get; init; }

    /// <summary>As accepted, but with the due recipients of this destination only; in the order of <see cref="Recipients"/>.</summary>
    public required Envelope Envelope { get; init; }

    public required IReadOnlyList<QueuedRecipient> Recipients { get; init; }

    /// <summary>Of the whole content.</summary>
    public required long Size { get; init; }

    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>1 for the first; already counted on disk.</summary>
    public required int Attempt { get; init; }

    /// <summary>Names this lease; the spool ignores a settlement whose lease has passed to someone else.</summary>
    public required long Lease { get; init; }

    /// <summary>What was just accepted and is still in memory; null: ask <see cref="ISpool.OpenAsync"/>.</summary>
    public MessageContent? Content { get; init; }

    /// <summary>A next hop that an administrator set for this message (<c>host:port</c>); null follows routes and MX.</summary>
    public string? Reroute { get; init; }

    /// <summary>An administrator has decided: nothing is tried, the recipients fail with this reply and the usual reports.</summary>
    public Reply? Verdict { get; init; }
}

/// <summary><paramref name="Number"/> is the recipient's place in the accepted envelope, from 0.</summary>
public sealed record QueuedRecipient(int Number, Recipient Recipient)
{
    /// <summary>A delay notice for this recipient is on its way already (RFC 3461 §6.3: one is enough).</summary>
    public bool DelayNoticed { get; init; }
}
