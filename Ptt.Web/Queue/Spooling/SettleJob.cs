using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Spooling;

/// <summary>What came of deliveries, their reports included, and the story of it. It has happened, so it is tried until it is written.</summary>
internal sealed class SettleJob(
    IReadOnlyList<(Settlement Settlement, Leased Leased, IReadOnlyList<NewMessage> Reports)> settled, Hands hands, BodyFiles bodies, Action bell) : SpoolJob
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<SpooledMessage> _gone = [];
    private readonly List<(Leased Leased, bool Retry, long DueAt)> _waiting = [];

    public Task Done => _done.Task;

    public override long Weight => settled.Sum(s => 512 + s.Reports.Sum(r => r.Weight));

    public override bool CanBeRefused => false;

    public override void Apply(SpoolDatabase database)
    {
        foreach ((Settlement settlement, Leased leased, IReadOnlyList<NewMessage> reports) in settled)
        {
            ApplyOne(database, settlement, leased);
            foreach (NewMessage report in reports)
            {
                report.Apply(database);
            }
        }
    }

    public override void Undo()
    {
        _gone.Clear();
        _waiting.Clear();
        foreach (NewMessage report in settled.SelectMany(s => s.Reports))
        {
            report.Undo();
        }
    }

    public override void Committed()
    {
        bool reopened = false;
        foreach ((_, Leased leased, IReadOnlyList<NewMessage> reports) in settled)
        {
            hands.End(leased);
            reopened |= hands.Reopen(leased.Destination);
            foreach (NewMessage report in reports)
            {
                report.Committed();
            }
        }

        foreach ((Leased leased, bool retry, long dueAt) in _waiting)
        {
            hands.Note(leased.Turn, leased.Destination, retry, dueAt);
        }

        hands.Gone(_gone);
        foreach (SpooledMessage message in _gone.Where(m => m.InFile))
        {
            bodies.Delete(message.Id);
        }

        _done.SetResult();
        if (reopened || _waiting.Count > 0 || settled.Any(s => s.Reports.Count > 0))
        {
            bell();
        }
    }

    public override void Failed(Exception fault) => _done.SetException(fault);

    private void ApplyOne(SpoolDatabase database, Settlement settlement, Leased leased)
    {
        long now = hands.Now;
        long seq = leased.Message.Sequence;
        bool nothingTried = settlement.Attempts.Count == 0 && settlement.Outcomes.All(o => o is RecipientOutcome.Deferred d && Milliseconds(d.Until) <= now);
        List<RecipientState> remaining = [.. leased.Later];
        for (int i = 0; i < settlement.Outcomes.Count; i++)
        {
            if (settlement.Outcomes[i] is RecipientOutcome.Deferred deferred)
            {
                remaining.Add(new RecipientState(
                    leased.Due[i].Number, Milliseconds(deferred.Until), leased.Due[i].DelayNoticed || deferred.DelayNoticed, deferred.Reply.ToString()));
            }
        }

        bool dropped = false;
        if (remaining.Count == 0)
        {
            Remove();
        }
        else
        {
            AfterLease after = nothingTried
                ? database.Release(seq, leased.Part, now, uncount: true)
                : database.Defer(seq, leased.Part, remaining, LastReply(settlement));
            dropped = after.Dropped;
            if (dropped)
            {
                Remove();
            }
            else if (!after.Held)
            {
                _waiting.Add((leased, leased.Retry || !nothingTried, after.DueAt));
            }
        }

        bool nothingEnded = remaining.Count == leased.Later.Count + settlement.Outcomes.Count && !dropped;
        if (!nothingTried && !(database.IsShortOfRoom && nothingEnded))
        {
            database.Tell(StoryOf(settlement, leased, dropped));
        }

        void Remove()
        {
            if (database.DeleteDelivery(seq, leased.Part, leased.Message.InFile))
            {
                _gone.Add(leased.Message);
            }
        }
    }

    private static string? LastReply(Settlement settlement) =>
        settlement.Outcomes.OfType<RecipientOutcome.Deferred>().Select(d => d.Reply.ToString()).FirstOrDefault();

    private Story StoryOf(Settlement settlement, Leased leased, bool dropped)
    {
        var recipients = new StoryRecipient[settlement.Outcomes.Count];
        for (int i = 0; i < recipients.Length; i++)
        {
            QueuedRecipient recipient = leased.Due[i];
            (string state, long? until) = settlement.Outcomes[i] switch
            {
                RecipientOutcome.Delivered => ("delivered", (long?)null),
                RecipientOutcome.Failed { Expired: true } => ("expired", null),
                RecipientOutcome.Failed { Reply.Text: var text } when text.StartsWith(ISuppressions.NotSent, StringComparison.Ordinal) => ("suppressed", null),
                RecipientOutcome.Failed => ("failed", null),
                RecipientOutcome.Deferred when dropped => ("dropped", null),
                RecipientOutcome.Deferred d => ("deferred", Milliseconds(d.Until)),
                _ => throw new InvalidOperationException("An outcome without a state."),
            };
            recipients[i] = new StoryRecipient(
                recipient.Number, recipient.Recipient.Address.ToString(), state, settlement.Outcomes[i].Reply.ToString(), until);
        }

        return Story.Of(leased.Message, "settled", DateTimeOffset.FromUnixTimeMilliseconds(hands.Now), recipients) with
        {
            Destination = leased.Destination.Name,
            Attempt = leased.Attempt,
            Attempts = settlement.Attempts.Count == 0 ? null : [.. settlement.Attempts.Select(StoryAttempt.Of)],
        };
    }

    private static long Milliseconds(DateTimeOffset moment) => moment.ToUnixTimeMilliseconds();
}
