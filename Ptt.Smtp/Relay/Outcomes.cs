using Ptt.Mail;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>From what an attempt brought to what is settled: who has it, who is tried again and when, who never, and who is told.</summary>
public sealed class Outcomes(RelayOptions options, RetrySchedule schedule, Bounces bounces, SteadyClock clock, Random? dice = null)
{
    private static readonly TimeSpan SignerWait = TimeSpan.FromMinutes(5);

    private readonly Random _dice = dice ?? Random.Shared;

    public async ValueTask<Settlement> SettleAsync(
        Delivery delivery, DeliveryAttempt attempt, MessageContent content, CancellationToken cancellationToken)
    {
        TimeSpan age = clock.AgeOf(delivery.AcceptedAt);
        TimeSpan giveUpAfter = GiveUpAfter(delivery);
        DateTimeOffset until = clock.Now + schedule.WaitAfter(delivery.Attempt, _dice.NextDouble());

        var outcomes = new RecipientOutcome[attempt.Replies.Count];
        RecipientOutcome.Delivered? shared = null;
        bool report = false;
        for (int i = 0; i < outcomes.Length; i++)
        {
            AttemptReply said = attempt.Replies[i];
            QueuedRecipient recipient = delivery.Recipients[i];
            bool notice = IsNoticeDue(delivery, recipient, age);
            outcomes[i] = said.Verdict switch
            {
                Verdict.Delivered => shared is not null && ReferenceEquals(shared.Reply, said.Reply) ? shared : shared = new(said.Reply),
                Verdict.Fail => new RecipientOutcome.Failed(said.Reply),
                _ when age >= giveUpAfter => new RecipientOutcome.Failed(said.Reply, Expired: true),
                _ => new RecipientOutcome.Deferred(said.Reply, until, notice),
            };
            report |= Bounces.ActionOf(outcomes[i], recipient.Recipient.Notify, said.DsnPassedOn) is not null;
        }

        if (!report)
        {
            return Settlement(outcomes, []);
        }

        (Report? written, bool postponed) = await bounces.ReportAsync(
            delivery, outcomes, attempt, content, delivery.AcceptedAt + giveUpAfter, cancellationToken).ConfigureAwait(false);
        return postponed
            ? Settlement([.. outcomes.Select(Wait)], [])
            : Settlement(outcomes, written is null ? [] : [written]);

        Settlement Settlement(RecipientOutcome[] final, Report[] reports) => new()
        {
            Delivery = delivery,
            Outcomes = final,
            Attempts = attempt.Records,
            Reports = reports,
        };

        // Law 2 of the house: nothing that should be signed leaves unsigned. What failed fails a little later.
        RecipientOutcome Wait(RecipientOutcome outcome) => outcome switch
        {
            RecipientOutcome.Failed failed => new RecipientOutcome.Deferred(failed.Reply, clock.Now + SignerWait),
            RecipientOutcome.Deferred deferred => deferred with { DelayNoticed = false },
            _ => outcome,                                                                   // delivered is delivered; the "relayed" report is let go
        };
    }

    /// <summary>Its time is over, or a sender must hear of the delay: to be settled even where a limit of our own keeps it from being tried.</summary>
    public bool HasNews(Delivery delivery)
    {
        TimeSpan age = clock.AgeOf(delivery.AcceptedAt);
        return age >= GiveUpAfter(delivery) || delivery.Recipients.Any(r => IsNoticeDue(delivery, r, age));
    }

    /// <summary>For a delivery that came to nothing by a fault of our own: on the schedule, whatever its age.</summary>
    public Settlement Later(Delivery delivery, Reply why) =>
        Unbegun(delivery, why, clock.Now + schedule.WaitAfter(delivery.Attempt, _dice.NextDouble()));

    /// <summary>For a delivery that was taken and not begun: due again after <paramref name="wait"/>, or when it has news; no attempt to show or count.</summary>
    public Settlement GiveBack(Delivery delivery, Reply why, TimeSpan wait)
    {
        TimeSpan age = clock.AgeOf(delivery.AcceptedAt);
        foreach (TimeSpan news in (ReadOnlySpan<TimeSpan>)[options.DelayNoticeAfter, GiveUpAfter(delivery)])
        {
            wait = news > age && news - age < wait ? news - age : wait;
        }

        return Unbegun(delivery, why, clock.Now + wait);
    }

    private TimeSpan GiveUpAfter(Delivery delivery) => delivery.Envelope.ReversePath is null ? options.GiveUpReportsAfter : options.GiveUpAfter;

    private bool IsNoticeDue(Delivery delivery, QueuedRecipient recipient, TimeSpan age) =>
        options.DelayNoticeAfter > TimeSpan.Zero && age >= options.DelayNoticeAfter && !recipient.DelayNoticed
        && delivery.Envelope.ReversePath is not null && Bounces.WantsDelayNotice(recipient.Recipient);

    private static Settlement Unbegun(Delivery delivery, Reply why, DateTimeOffset until) => new()
    {
        Delivery = delivery,
        Outcomes = [.. delivery.Recipients.Select(_ => new RecipientOutcome.Deferred(why, until))],
        Attempts = [],
    };
}
