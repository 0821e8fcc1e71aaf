using Ptt.Dns;
using Ptt.Mail;
using Ptt.Mail.Reports;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>
/// Which outcomes the sender is told of (RFC 3461 §5.2, §6.2), and the report that tells them: one for all recipients of a
/// settlement. Never one for a message with a null reverse-path: a report about a report would go on for ever (RFC 5321 §4.5.5).
/// </summary>
public sealed class Bounces(string hostName, SteadyClock clock, IReportSigner? signer = null)
{
    /// <summary>Null when nobody wants to hear of it. <c>Postponed</c>: it should be signed and cannot be, so the outcome must wait.</summary>
    public async ValueTask<(Report? Report, bool Postponed)> ReportAsync(
        Delivery delivery, IReadOnlyList<RecipientOutcome> outcomes, DeliveryAttempt attempt, MessageContent content, DateTimeOffset giveUpAt,
        CancellationToken cancellationToken)
    {
        if (delivery.Envelope.ReversePath is not { } sender)
        {
            return (null, false);
        }

        List<RecipientReport>? recipients = null;
        for (int i = 0; i < outcomes.Count; i++)
        {
            if (ActionOf(outcomes[i], delivery.Recipients[i].Recipient.Notify, attempt.Replies[i].DsnPassedOn) is { } action)
            {
                (recipients ??= []).Add(Describe(delivery.Recipients[i].Recipient, outcomes[i], attempt.Replies[i], action, giveUpAt));
            }
        }

        if (recipients is null)
        {
            return (null, false);
        }

        WrittenReport written = await DeliveryReportWriter.WriteAsync(
            new DeliveryReport
            {
                ReportingMta = hostName,
                To = sender,
                ArrivalDate = delivery.AcceptedAt,
                Recipients = recipients,
                Original = content,
                EnvelopeId = delivery.Envelope.EnvelopeId,
                QueueId = delivery.Id.ToString(),
                // RFC 3461 §6.2: RET is about failures; nobody needs a whole message to hear that it is late or has arrived.
                ReturnFull = delivery.Envelope is { Return: DsnReturn.Full, RequireTls: false } && recipients.Any(r => r.Action == ReportAction.Failed),
            },
            clock.Now, cancellationToken).ConfigureAwait(false);

        var envelope = new Envelope
        {
            ReversePath = null,
            Recipients = [new Recipient(sender) { Notify = DsnNotify.Never }],
            Origin = new Origin { ReceivedAt = clock.Now, SessionId = "report:" + delivery.Id },
            EightBit = written.EightBit,
            SmtpUtf8 = written.SmtpUtf8,
        };

        return signer is null
            ? (new Report(envelope, written.Content), false)
            : await signer.SignAsync(envelope, written.Content, cancellationToken).ConfigureAwait(false) switch
            {
                ReportSigning.Signed signed => (new Report(envelope, signed.Content), false),
                ReportSigning.NotOurs => (new Report(envelope, written.Content), false),
                _ => (null, true),
            };
    }

    /// <summary>Null: not to be reported.</summary>
    internal static ReportAction? ActionOf(RecipientOutcome outcome, DsnNotify notify, bool dsnPassedOn) => outcome switch
    {
        _ when notify.HasFlag(DsnNotify.Never) => null,
        RecipientOutcome.Failed when notify is DsnNotify.Unspecified || notify.HasFlag(DsnNotify.Failure) => ReportAction.Failed,
        RecipientOutcome.Deferred { DelayNoticed: true } => ReportAction.Delayed,
        // RFC 3461 §5.2.2: a next hop that knows DSN reports success itself; for one that does not we say how far it got.
        RecipientOutcome.Delivered when notify.HasFlag(DsnNotify.Success) && !dsnPassedOn => ReportAction.Relayed,
        _ => null,
    };

    internal static bool WantsDelayNotice(Recipient recipient) =>
        recipient.Notify is DsnNotify.Unspecified || recipient.Notify.HasFlag(DsnNotify.Delay);

    private RecipientReport Describe(
        Recipient recipient, RecipientOutcome outcome, AttemptReply said, ReportAction action, DateTimeOffset giveUpAt)
    {
        Reply reply = outcome.Reply;
        string advice = action is ReportAction.Relayed ? "That server has taken it." : ReplyCauses.Advice(ReplyCauses.Of(reply));
        bool expired = outcome is RecipientOutcome.Failed { Expired: true };
        return new RecipientReport
        {
            Final = recipient.Address,
            Original = recipient.OriginalRecipient,
            Action = action,
            Status = Status(reply, action, expired),
            RemoteMta = said.RemoteHost,
            Diagnostic = reply.ToString(),
            LastAttempt = clock.Now,
            WillRetryUntil = action == ReportAction.Delayed ? giveUpAt : null,
            Advice = expired ? "It was tried for as long as we try, without success. The last reason: " + advice : advice,
        };
    }

    /// <summary>RFC 3464 §2.3.4: the class of the status follows the action, not the last reply.</summary>
    private static string Status(Reply reply, ReportAction action, bool expired) => (action, expired, reply.Status) switch
    {
        (ReportAction.Failed, true, _) => "5.4.7",                                          // RFC 3463: delivery time expired
        (ReportAction.Failed, _, { } s) => $"5.{s.Subject}.{s.Detail}",
        (ReportAction.Failed, _, null) => "5.0.0",
        (ReportAction.Delayed, _, { } s) => $"4.{s.Subject}.{s.Detail}",
        (ReportAction.Delayed, _, null) => "4.0.0",
        _ => "2.0.0",
    };
}
