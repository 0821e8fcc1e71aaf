using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Web.Alarms;

namespace Ptt.Web.Users.Sending;

/// <summary>
/// The other half of the guard: a login many of whose recipients suddenly do not exist has bought a list, or is not in its owner's hands. What
/// it sends from then on is held, and so is what it has in the queue; nothing of it bounces until somebody has looked.
/// </summary>
internal sealed class UnknownRecipients(SendingCounts counts, IOptionsMonitor<UsersOptions> options, IAlarms alarms) : IRecipientResults
{
    private readonly Channel<(Mailbox Login, string Reason)> _due = Channel.CreateUnbounded<(Mailbox, string)>();

    /// <summary>Whose mail in the queue is to be held.</summary>
    public ChannelReader<(Mailbox Login, string Reason)> Due => _due.Reader;

    public void Heard(Mailbox login, int delivered, int unknown)
    {
        UsersOptions o = options.CurrentValue;
        string reason;
        lock (counts.LockOf(login))
        {
            counts.AddResults(login, delivered, unknown);
            Usage usage = counts.UsageOf(login);
            if (!o.HoldUnusual || counts.HeldReason(login) is not null || !usage.HasUnusuallyManyUnknown(o.UnusualUnknownShare, o.UnusualUnknownAtLeast))
            {
                return;
            }

            reason = $"unusual: {usage.Unknown} of {usage.Delivered + usage.Unknown} recipients within a day do not exist, usually {usage.UsualUnknown:P0}";
            counts.Hold(login, reason);
        }

        SendingLimits.Tell(alarms, login, reason);
        _due.Writer.TryWrite((login, reason));
    }
}
