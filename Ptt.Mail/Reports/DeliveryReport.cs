namespace Ptt.Mail.Reports;

/// <summary>
/// A delivery status notification (RFC 3461 §6, RFC 3464): what became of some recipients of one message, told to its sender in
/// words, in fields that programs read, and with the message's own header or the whole of it. <see cref="DeliveryReportWriter"/>
/// makes the message.
/// </summary>
public sealed record DeliveryReport
{
    /// <summary>The name of the server that reports; also the domain of the report's own addresses.</summary>
    public required string ReportingMta { get; init; }

    /// <summary>The reverse-path of the message.</summary>
    public required Mailbox To { get; init; }

    /// <summary>When the message was accepted (RFC 3464 §2.2.5).</summary>
    public required DateTimeOffset ArrivalDate { get; init; }

    public required IReadOnlyList<RecipientReport> Recipients { get; init; }

    public required MessageContent Original { get; init; }

    /// <summary>ENVID as the sender gave it (RFC 3464 §2.2.1).</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>The queue's name of the message, for whoever asks about it.</summary>
    public string? QueueId { get; init; }

    /// <summary>Returns the whole message instead of its header (RET=FULL). Never for REQUIRETLS (RFC 8689 §5), never past 50 kB.</summary>
    public bool ReturnFull { get; init; }
}

/// <summary>RFC 3464 §2.3.3.</summary>
public enum ReportAction
{
    Failed,
    Delayed,
    Delivered,
    Relayed,
}

/// <summary>One recipient's group of fields (RFC 3464 §2.3).</summary>
public sealed record RecipientReport
{
    public required Mailbox Final { get; init; }

    public required ReportAction Action { get; init; }

    /// <summary>RFC 3463, such as <c>5.1.1</c>.</summary>
    public required string Status { get; init; }

    /// <summary>ORCPT: <c>addr-type;address</c>.</summary>
    public string? Original { get; init; }

    /// <summary>The host that said it; null when no host was reached.</summary>
    public string? RemoteMta { get; init; }

    /// <summary>The remote's reply, or ours where it said nothing (<see cref="RemoteMta"/> is null then).</summary>
    public string? Diagnostic { get; init; }

    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>For a delay: until when we go on trying (RFC 3464 §2.3.9).</summary>
    public DateTimeOffset? WillRetryUntil { get; init; }

    /// <summary>One or two sentences for a person: what it means, what to do.</summary>
    public required string Advice { get; init; }
}
