using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Client;

/// <summary>What came of one transaction.</summary>
public sealed class TransactionResult(RecipientReply[] recipients, SmtpPhase phase, Reply reply)
{
    /// <summary>One for each recipient, in order: its own refusal, or what all that were taken share.</summary>
    public IReadOnlyList<RecipientReply> Recipients => recipients;

    /// <summary>How far the transaction got.</summary>
    public SmtpPhase Phase => phase;

    /// <summary>The last word.</summary>
    public Reply Reply => reply;

    /// <summary>The connection broke after the content had gone and before its reply: the remote may have the message.</summary>
    public bool PerhapsDelivered { get; init; }

    /// <summary>The connection was lost or is being closed (421) before the transaction came to its end.</summary>
    public bool Lost { get; init; }

    /// <summary>This result with the replies of a further transaction for <paramref name="rest"/> put in.</summary>
    internal TransactionResult With(List<int> rest, TransactionResult more)
    {
        RecipientReply[] merged = [.. recipients];
        for (int i = 0; i < rest.Count; i++)
        {
            merged[rest[i]] = more.Recipients[i];
        }

        return new TransactionResult(merged, more.Phase, more.Reply) { PerhapsDelivered = PerhapsDelivered || more.PerhapsDelivered, Lost = more.Lost };
    }

    /// <summary>Nothing at all came back on a connection that was open before: the remote had closed it meanwhile.</summary>
    public bool WasStale { get; init; }
}

/// <summary><paramref name="Phase"/> is where the reply was given: 552 means another thing to RCPT than to the content.</summary>
public readonly record struct RecipientReply(Reply Reply, SmtpPhase Phase)
{
    /// <summary>These are the words of the remote, not ours.</summary>
    public bool IsRemote { get; init; }
}
