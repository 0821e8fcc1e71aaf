using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>What came of one delivery. The spool writes it, the reports included, in one transaction.</summary>
public sealed record Settlement
{
    public required Delivery Delivery { get; init; }

    /// <summary>One for each recipient of the delivery, in its order.</summary>
    public required IReadOnlyList<RecipientOutcome> Outcomes { get; init; }

    /// <summary>Sessions and look-ups of this attempt, for the trace.</summary>
    public required IReadOnlyList<AttemptRecord> Attempts { get; init; }

    /// <summary>Delivery status notifications that this outcome asks for; they enter the queue as messages of their own.</summary>
    public IReadOnlyList<Report> Reports { get; init; } = [];
}

/// <summary>A message of our own to a sender (RFC 3464); its reverse-path is null.</summary>
public sealed record Report(Envelope Envelope, MessageContent Content);

public abstract record RecipientOutcome(Reply Reply)
{
    /// <summary>The next hop has taken responsibility.</summary>
    public sealed record Delivered(Reply Reply) : RecipientOutcome(Reply);

    /// <summary>To be tried again at <paramref name="Until"/>. <paramref name="DelayNoticed"/>: the settlement carries the delay notice.</summary>
    public sealed record Deferred(Reply Reply, DateTimeOffset Until, bool DelayNoticed = false) : RecipientOutcome(Reply);

    /// <summary>Never again. Expired when time ran out rather than the remote refused.</summary>
    public sealed record Failed(Reply Reply, bool Expired = false) : RecipientOutcome(Reply);
}

/// <summary>One try at one host, or the look-up that found none: the facts that the message's story shows.</summary>
public sealed record AttemptRecord
{
    public required DateTimeOffset StartedAt { get; init; }

    public required TimeSpan Took { get; init; }

    /// <summary>The MX host; null when none was reached for.</summary>
    public string? Host { get; init; }

    /// <summary>Address and port; null when the host never had one.</summary>
    public string? Address { get; init; }

    /// <summary>Protocol and cipher, such as <c>TLSv1.3 TLS_AES_256_GCM_SHA384</c>; null in the clear.</summary>
    public string? Tls { get; init; }

    /// <summary>Which rule decided about TLS: opportunistic, dane, mta-sts, requiretls, route, none.</summary>
    public string? TlsPolicy { get; init; }

    /// <summary>Subject and SHA-256 of the peer's certificate, and whether it was verified.</summary>
    public string? Certificate { get; init; }

    /// <summary>The phase in which it ended: resolve, connect, greeting, ehlo, starttls, mail, rcpt, data, end-of-data.</summary>
    public required string Phase { get; init; }

    /// <summary>The remote's words, or ours where it said nothing.</summary>
    public required Reply Reply { get; init; }

    /// <summary>The connection broke after the final dot and before its reply: the remote may have the message.</summary>
    public bool PerhapsDelivered { get; init; }
}
