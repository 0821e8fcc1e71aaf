using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Mail.Headers;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Sasl;

namespace Ptt.Smtp.Submission;

/// <summary>
/// The submission role (RFC 6409): a message of a user of ours becomes one that may go out. It asks whether this login may send as this sender, counts
/// it against the login's limits, expands our own aliases, and makes the header whole; then the next hop answers for it. It changes
/// nothing that stands in the body, and nothing at all after this point changes what is going to be signed.
/// </summary>
public sealed class SubmissionHop(
    INextHop next, IAliases aliases, ISendingLimits limits, IOptionsMonitor<SubmissionOptions> options, TimeProvider time) : INextHop
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reply> AcceptAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        SubmissionOptions settings = options.CurrentValue;
        if (CheckSender(ref envelope, settings) is { } foreign)
        {
            return foreign;
        }

        HeaderReading reading = await MessageHeader.ReadAsync(content, cancellationToken);
        if (reading is not HeaderReading.Read { Header: { } header })
        {
            return Refusals.Header(((HeaderReading.Refused)reading).Fault);
        }

        if (header.Count("Received"u8) > settings.MaxHops)
        {
            return Refusals.Loop;                                          // RFC 5321 §6.3
        }

        if (envelope.Origin.Login is { } login && HeaderAuthor.Check(header, login) is { } refusal)
        {
            return refusal;
        }

        envelope = envelope with { Recipients = Expand(envelope.Recipients) };
        if (envelope.Origin.Login is { } counted)
        {
            switch (await limits.TakeAsync(counted, [.. envelope.Recipients.Select(r => r.Address)], content.Length, cancellationToken))
            {
                case SendingVerdict.Refused refused:
                    return refused.Reply;
                case SendingVerdict.Held held:
                    envelope = envelope with { HoldReason = held.Reason };
                    break;
            }
        }

        // What the new content shares with the old one belongs to our caller, who disposes it after our answer.
        return await next.AcceptAsync(envelope, Complete(envelope, header, content, settings), cancellationToken);
    }

    private static Reply? CheckSender(ref Envelope envelope, SubmissionOptions settings)
    {
        if (envelope.Origin.Login is not { } login)
        {
            // Only what we make ourselves has no login; a stranger never gets this far, and would not get further.
            return envelope.Origin.Client is null ? null : Replies.AuthRequired;
        }

        if (envelope.ReversePath is null)
        {
            return login.IsService ? null : Replies.NoNullSender;
        }

        if (settings.RewriteMailFrom)
        {
            envelope = envelope with { ReversePath = login.Address };
            return null;
        }

        return login.MaySendAs(envelope.ReversePath) ? null : Replies.NotYourSender;
    }

    // Each address once. What a sender asked for an alias goes for its targets, and the alias is what they were first called (RFC 3461 §4.2).
    private List<Recipient> Expand(IReadOnlyList<Recipient> recipients)
    {
        var expanded = new List<Recipient>(recipients.Count);
        var seen = new HashSet<Mailbox>();
        foreach (Recipient recipient in recipients)
        {
            IReadOnlyList<Mailbox> targets = aliases.Expand(recipient.Address);
            if (targets.Count == 0)
            {
                if (seen.Add(recipient.Address))
                {
                    expanded.Add(recipient);
                }

                continue;
            }

            foreach (Mailbox target in targets)
            {
                if (seen.Add(target))
                {
                    expanded.Add(recipient with { Address = target, OriginalRecipient = recipient.OriginalRecipient ?? "rfc822;" + recipient.Address });
                }
            }
        }

        return expanded;
    }

    private MessageContent Complete(Envelope envelope, MessageHeader header, MessageContent content, SubmissionOptions settings)
    {
        var editor = new HeaderEditor(header);
        editor.Remove("Bcc"u8);                                            // RFC 5322 §3.6.3: those who are named there are not to be known
        editor.Remove("Resent-Bcc"u8);
        editor.Remove("Return-Path"u8);                                    // RFC 5321 §4.4: for the last machine to write
        if (header.Count("Date"u8) == 0)
        {
            editor.AddAtEnd(MailDate.Field(time.GetUtcNow()));             // RFC 6409 §8.2
        }

        if (header.Count("Message-ID"u8) == 0)
        {
            editor.AddAtEnd(MessageId.Field(time, settings.Hostname));     // RFC 6409 §8.3
        }

        editor.AddOnTop(Trace(envelope, settings).ToField());
        return editor.Apply(content);
    }

    private static ReceivedField Trace(Envelope envelope, SubmissionOptions settings)
    {
        Origin origin = envelope.Origin;
        // RFC 3848, RFC 6531 §4.3: S for TLS, A for AUTH.
        string with = origin switch
        {
            { Client: null } => "LOCAL",
            { Extended: false } => "SMTP",
            _ => (envelope.SmtpUtf8 ? "UTF8SMTP" : "ESMTP") + (origin.Tls is null ? "" : "S") + (origin.Login is null ? "" : "A"),
        };
        return new ReceivedField
        {
            Helo = settings.ShowClient ? origin.Helo : null,
            Client = settings.ShowClient ? origin.Client : null,
            Tls = settings.ShowClient ? origin.Tls : null,
            By = settings.Hostname,
            With = with,
            Id = origin.SessionId,
            For = envelope.Recipients is [{ OriginalRecipient: null, Address: var only }] ? only : null,
            At = origin.ReceivedAt,
        };
    }
}
