using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Client;

/// <summary>What one transaction has for each of its recipients: the reply to its RCPT, and then, for those that were taken, what all of them share.</summary>
internal sealed class RecipientReplies(int count, ClientWire wire)
{
    private readonly RecipientReply[] _replies = new RecipientReply[count];

    /// <summary>Replies to RCPT that came.</summary>
    public int Read { get; private set; }

    public int Accepted { get; private set; }

    /// <summary>The reply to the last RCPT that was answered.</summary>
    public Reply Last => _replies[Math.Max(0, Read - 1)].Reply;

    public Reply FirstRefusal => _replies.First(r => !r.Reply.IsPositive).Reply;

    public RecipientReply[] AsTheyAre => _replies;

    public void Add(Reply reply)
    {
        _replies[Read++] = Judged(reply, SmtpPhase.Rcpt);
        Accepted += reply.IsPositive ? 1 : 0;
    }

    /// <summary>One came that says nothing: MAIL had been refused.</summary>
    public void Skip() => Read++;

    /// <summary>It stands for every recipient that has not been refused already.</summary>
    public RecipientReply[] Settle(Reply reply, SmtpPhase phase)
    {
        for (int i = 0; i < _replies.Length; i++)
        {
            if (_replies[i].Reply is null or { IsPositive: true })
            {
                _replies[i] = Judged(reply, phase);
            }
        }

        return _replies;
    }

    /// <summary>Our own word, for all of them.</summary>
    public RecipientReply[] All(Reply reply, SmtpPhase phase)
    {
        Array.Fill(_replies, new RecipientReply(reply, phase));
        return _replies;
    }

    private RecipientReply Judged(Reply reply, SmtpPhase phase) => new(reply, phase) { IsRemote = !ReferenceEquals(reply, wire.Fault) };
}
