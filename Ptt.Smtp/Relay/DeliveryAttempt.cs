using Ptt.Smtp.Client;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>What one attempt brought: a reply for every recipient of the delivery, in its order, and the trace.</summary>
public sealed class DeliveryAttempt(int recipients)
{
    private readonly AttemptReply[] _replies = new AttemptReply[recipients];

    public IReadOnlyList<AttemptReply> Replies => _replies;

    public List<AttemptRecord> Records { get; } = new(1);

    /// <summary>Set: a limit of our own kept it from being tried; it is due again after this.</summary>
    public TimeSpan? NotBegun { get; internal set; }

    internal void Set(int recipient, AttemptReply reply) => _replies[recipient] = reply;

    /// <summary>For those that have no reply yet.</summary>
    internal void Fill(Reply reply, SmtpPhase phase)
    {
        for (int i = 0; i < _replies.Length; i++)
        {
            if (_replies[i].Reply is null)
            {
                _replies[i] = new AttemptReply(reply, phase);
            }
        }
    }
}

public readonly record struct AttemptReply(Reply Reply, SmtpPhase Phase)
{
    /// <summary>The host whose words these are; null when they are ours.</summary>
    public string? RemoteHost { get; init; }

    /// <summary>The host took over the duty to report success (RFC 3461 §5.2.2).</summary>
    public bool DsnPassedOn { get; init; }

    public Verdict Verdict => Verdicts.Of(Reply, Phase);
}
