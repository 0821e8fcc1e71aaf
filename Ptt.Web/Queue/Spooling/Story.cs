using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// One thing that happened to a message, with all that the trace and the webhooks tell of it. Written in the transaction that
/// made it true; carried on from there in its own time.
/// </summary>
internal sealed record Story
{
    // No value type here is required: a zero is not written, and what is required must be there when it is read.
    public Guid Id { get; init; }
    public long At { get; init; }

    /// <summary>accepted, settled, held, dropped, suppressed.</summary>
    public required string What { get; init; }

    public required string Sender { get; init; }
    public string? Login { get; init; }
    public long Size { get; init; }
    public string? From { get; init; }
    public string? Subject { get; init; }
    public string? MessageId { get; init; }
    public string? Client { get; init; }
    public string? Tls { get; init; }
    public string? Destination { get; init; }
    public int Attempt { get; init; }

    /// <summary>The recipients that this is about.</summary>
    public required IReadOnlyList<StoryRecipient> Recipients { get; init; }

    public IReadOnlyList<StoryAttempt>? Attempts { get; init; }

    /// <summary>Who did it, and why, where a person did.</summary>
    public string? By { get; init; }

    public static Story Of(SpooledMessage message, string what, DateTimeOffset at, IReadOnlyList<StoryRecipient> recipients) => new()
    {
        Id = message.Id.Value,
        At = at.ToUnixTimeMilliseconds(),
        What = what,
        Sender = message.Envelope.ReversePath?.ToString() ?? "",
        Login = message.Envelope.Origin.Login?.Address.ToString(),
        Size = message.Size,
        From = message.Facts.From,
        Subject = message.Facts.Subject,
        MessageId = message.Facts.MessageId,
        Client = message.Envelope.Origin.Client?.ToString(),
        Tls = message.Envelope.Origin.Tls,
        Recipients = recipients,
    };
}

/// <summary><paramref name="State"/>: queued, delivered, deferred, failed, expired, dropped, held, suppressed.</summary>
internal sealed record StoryRecipient(int Number, string Address, string State, string? Reply = null, long? Until = null);

/// <summary><see cref="AttemptRecord"/> as it is stored.</summary>
internal sealed record StoryAttempt
{
    public long At { get; init; }
    public int Took { get; init; }
    public string? Host { get; init; }
    public string? Address { get; init; }
    public string? Tls { get; init; }
    public string? TlsPolicy { get; init; }
    public string? Certificate { get; init; }
    public required string Phase { get; init; }
    public required string Reply { get; init; }
    public bool PerhapsDelivered { get; init; }

    public static StoryAttempt Of(AttemptRecord attempt) => new()
    {
        At = attempt.StartedAt.ToUnixTimeMilliseconds(),
        Took = (int)attempt.Took.TotalMilliseconds,
        Host = attempt.Host,
        Address = attempt.Address,
        Tls = attempt.Tls,
        TlsPolicy = attempt.TlsPolicy,
        Certificate = attempt.Certificate,
        Phase = attempt.Phase,
        Reply = attempt.Reply.ToString(),
        PerhapsDelivered = attempt.PerhapsDelivered,
    };
}
