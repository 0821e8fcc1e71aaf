using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Spooling;

/// <summary>A message of the spool while some delivery of it is in memory; shared by its deliveries.</summary>
internal sealed class SpooledMessage
{
    private int _inMemory;

    public required SpoolId Id { get; init; }

    public required Envelope Envelope { get; init; }

    public required HeaderFacts Facts { get; init; }

    public required long Size { get; init; }

    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>The octets lie in a file of their own.</summary>
    public required bool InFile { get; init; }

    /// <summary>What was just accepted; null when it has to be read.</summary>
    public byte[]? Octets { get; set; }

    public long Sequence => SpoolIds.SequenceOf(Id);

    /// <summary>Whose turn it takes: a login, else the domain of the reverse-path, so that a sender with an address for each message is one sender.</summary>
    public string Turn => TurnOf(Envelope);

    public static string TurnOf(Envelope envelope) =>
        envelope.Origin.Login?.Address.ToString() ?? envelope.ReversePath?.DomainText ?? "";

    public void Hold(int deliveries) => _inMemory = deliveries;

    /// <summary>True when it was the last delivery in memory.</summary>
    public bool LetGo() => --_inMemory == 0;
}

/// <summary>What is remembered of one untried or deferred recipient. <paramref name="Number"/> is its place in the accepted envelope.</summary>
internal sealed record RecipientState(int Number, long DueAt, bool Noticed, string? Reply);

/// <summary>One delivery that this process has leased on disk: waiting in a lane, or handed out until <see cref="EndsAt"/>.</summary>
internal sealed class Leased
{
    public required SpooledMessage Message { get; init; }

    public required int Part { get; init; }

    public required Destination Destination { get; init; }

    public required string Turn { get; init; }

    public required bool Retry { get; init; }

    public required int Attempt { get; init; }

    public required long Lease { get; init; }

    /// <summary>The recipients whose time has come.</summary>
    public required IReadOnlyList<QueuedRecipient> Due { get; init; }

    /// <summary>Recipients of this destination whose time has not come yet.</summary>
    public IReadOnlyList<RecipientState> Later { get; init; } = [];

    public string? Reroute { get; init; }

    public Ptt.Smtp.Protocol.Reply? Verdict { get; init; }

    /// <summary>On the monotonic clock; set when it is handed out.</summary>
    public long EndsAt { get; set; }

    /// <summary>It stands in the queue of its lane, perhaps withdrawn.</summary>
    public bool InLane { get; set; }

    /// <summary>Taken back by an administrator's verb before it was handed out.</summary>
    public bool Withdrawn { get; set; }

    public Delivery ToDelivery() => new()
    {
        Id = Message.Id,
        Destination = Destination,
        Envelope = Due.Count == Message.Envelope.Recipients.Count
            ? Message.Envelope
            : Message.Envelope with { Recipients = [.. Due.Select(d => d.Recipient)] },
        Recipients = Due,
        Size = Message.Size,
        AcceptedAt = Message.AcceptedAt,
        Attempt = Attempt,
        Lease = Lease,
        Content = Message.Octets is { } octets ? Mail.MessageContent.FromMemory(octets) : null,
        Reroute = Reroute,
        Verdict = Verdict,
    };
}
