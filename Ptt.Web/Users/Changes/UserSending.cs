using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Alarms;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;
using Ptt.Web.Users.Sending;

namespace Ptt.Web.Users.Changes;

/// <summary>What users have sent, and whose mail is held because it was unusual: to be looked at and let go.</summary>
public sealed class UserSending
{
    private readonly UserDirectory _directory;
    private readonly UserRevocation _revocation;
    private readonly SendingCounts _counts;
    private readonly IAuditLog _audit;
    private readonly IAlarms _alarms;
    private readonly IOptionsMonitor<UsersOptions> _options;

    internal UserSending(UserDirectory directory, UserRevocation revocation, SendingCounts counts, IAuditLog audit, IAlarms alarms, IOptionsMonitor<UsersOptions> options)
    {
        (_directory, _revocation, _counts, _audit, _alarms, _options) = (directory, revocation, counts, audit, alarms, options);
    }

    /// <summary>Whose mail is held because it was unusual.</summary>
    public IReadOnlyList<HeldSender> Held => _counts.Held;

    /// <summary>What the user has sent so far, and what limits it.</summary>
    public SendingUsage UsageOf(Mailbox address)
    {
        lock (_counts.LockOf(address))
        {
            Usage usage = _counts.UsageOf(address);
            return new SendingUsage(
                usage.LastHour, usage.LastDay, usage.NewLastDay, usage.Delivered, usage.Unknown, SendingLimits.LimitsOf(_directory, address, _options.CurrentValue), _counts.HeldReason(address));
        }
    }

    /// <summary>The login is not held any more, and what the queue holds of it goes out. Returns how many messages.</summary>
    public async ValueTask<int> ReleaseAsync(Mailbox address, string actor, CancellationToken cancellationToken)
    {
        _counts.Release(address);
        _alarms.Clear("user.held:" + address);
        int messages = await _revocation.ReleaseMailAsync(address, cancellationToken);
        await _audit.RecordAsync(actor, "user.release", address.ToString(), $"{messages} messages", CancellationToken.None);
        return messages;
    }
}

/// <summary>Recipients in the sliding windows, what became of them (no such address: unknown), and the limits that hold for the user.</summary>
public sealed record SendingUsage(long LastHour, long LastDay, long NewLastDay, long DeliveredLastDay, long UnknownLastDay, UserLimits Limits, string? HeldReason);
