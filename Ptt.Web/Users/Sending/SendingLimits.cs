using Ptt.Mail;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Sasl;
using Ptt.Smtp.Submission;
using Ptt.Web.Alarms;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;

namespace Ptt.Web.Users.Sending;

/// <summary>
/// The limits of users, domains and the server, and the guard that notices when a login suddenly writes to many strangers: that
/// mail is taken and held, not refused, so that an honest sender loses nothing.
/// </summary>
internal sealed class SendingLimits(
    UserDirectory directory, SendingCounts counts, Microsoft.Extensions.Options.IOptionsMonitor<UsersOptions> options, IAlarms alarms) : ISendingLimits
{
    public ValueTask<SendingVerdict> TakeAsync(Login login, IReadOnlyList<Mailbox> recipients, long size, CancellationToken cancellationToken)
    {
        UserLimits limits = LimitsOf(directory, login.Address, options.CurrentValue);
        if (size > limits.MessageSize)
        {
            return ValueTask.FromResult<SendingVerdict>(new SendingVerdict.Refused(new Reply(552, new(3, 4), "Message is larger than you may send")));   // RFC 1870 §6.1
        }

        long[] keys = SendingCounts.KeysOf(recipients);
        lock (counts.LockOf(login.Address))
        {
            Usage usage = counts.UsageOf(login.Address);
            int strangers = counts.CountNew(login.Address, keys);
            ReadOnlySpan<(string What, long Used, int Adds, int? Limit)> checks =
            [
                ("recipients an hour", usage.LastHour, recipients.Count, limits.RecipientsPerHour),
                ("recipients a day", usage.LastDay, recipients.Count, limits.RecipientsPerDay),
                ("new recipients a day", usage.NewLastDay, strangers, limits.NewRecipientsPerDay),
            ];
            foreach ((string what, long used, int adds, int? limit) in checks)
            {
                if (used + adds > limit && adds > 0)
                {
                    return ValueTask.FromResult(Over(login, keys, what, limit.Value, limits.OverLimit ?? OverLimit.Defer));
                }
            }

            string? reason = counts.HeldReason(login.Address)
                ?? (options.CurrentValue.HoldUnusual && usage.IsUnusual(strangers, recipients.Count, options.CurrentValue.UnusualFactor, options.CurrentValue.UnusualAtLeast)
                    ? $"unusual: {usage.NewLastDay + strangers} new recipients within a day, usually {usage.MeanNew:0}" : null);
            counts.Add(login.Address, keys);
            if (reason is not null)
            {
                counts.Hold(login.Address, reason);
                Tell(alarms, login.Address, reason);
                return ValueTask.FromResult<SendingVerdict>(new SendingVerdict.Held(reason));
            }

            return ValueTask.FromResult(SendingVerdict.Pass);
        }
    }

    public static void Tell(IAlarms alarms, Mailbox login, string reason) =>
        alarms.Raise($"user.held:{login}", AlarmSeverity.Warning, $"What {login} sends is held: {reason}", Addresses.PageOf(login));

    /// <summary>The user's own, else the domain's, else the server's.</summary>
    public static UserLimits LimitsOf(UserDirectory directory, Mailbox address, UsersOptions options)
    {
        UserSnapshot now = directory.Now;
        UserLimits own = now.Find(address)?.User.Limits ?? UserLimits.None;
        return own.Or(now.Domains.GetValueOrDefault(address.Domain)?.Domain.Limits ?? UserLimits.None).Or(options.DefaultLimits.ToLimits());
    }

    private SendingVerdict Over(Login login, long[] recipients, string what, int limit, OverLimit over)
    {
        string text = $"You may send to {limit} {what}";
        if (over == OverLimit.Hold)
        {
            counts.Add(login.Address, recipients);
            return new SendingVerdict.Held($"over the limit of {limit} {what}");
        }

        return new SendingVerdict.Refused(over == OverLimit.Refuse
            ? new Reply(550, new(7, 1), text) : new Reply(450, new(7, 1), text + "; try again later"));
    }
}
