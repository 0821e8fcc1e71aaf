using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;
using Ptt.Web.Users.Sending;
using Ptt.Web.Users.Sync;

namespace Ptt.Web.Users.Changes;

/// <summary>
/// Takes a right away at once: the deny list first, then what is being accepted is waited for, then git. Should git fail, the right is gone nevertheless, and
/// <see cref="FinishAsync"/> goes on trying.
/// </summary>
internal sealed class UserRevocation(Denials denials, UserDirectory directory, UserStore store, SubmissionsUnderWay underWay, IQueuedMail? queued = null)
{
    private const string Disabled = "the sender was disabled";

    /// <summary><paramref name="write"/> does it in git and says whether it is so now. What waits of the user in the queue is held before that.</summary>
    public async ValueTask<Change<StoredUser>> RunAsync(
        Mailbox address, string? appPassword, bool deletes, bool holdsMail, string actor, Func<ValueTask<Change<StoredUser>>> write)
    {
        await denials.AddAsync(address, appPassword, deletes, holdsMail, actor);
        await underWay.DrainAsync(address);
        if (holdsMail)
        {
            await HoldMailAsync(address, Disabled, CancellationToken.None);
        }

        Change<StoredUser> change = await write();
        if (change is not Change<StoredUser>.Done || store.State.Pending == 0)
        {
            await denials.RemoveAsync(address.ToString(), appPassword ?? "");
        }

        return change;
    }

    public ValueTask<int> ReleaseMailAsync(Mailbox address, CancellationToken cancellationToken) =>
        queued?.ReleaseAsync(address, cancellationToken) ?? ValueTask.FromResult(0);

    public Task AllowAsync(Mailbox address) => denials.RemoveAsync(address.ToString(), "");

    /// <summary>Does what was left undone, and forgets what git says by now.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        foreach (DenialRow row in denials.All)
        {
            if (row.HoldsMail)
            {
                await HoldMailAsync(Mailbox.Parse(row.Address), Disabled, cancellationToken);
            }

            if (!Denials.IsDone(row, directory.Now))
            {
                await store.WriteAsync(row.Actor, now => Denials.IsDone(row, now) ? null : Plan(row, now.Users[row.Address].User), cancellationToken);
            }

            if (Denials.IsDone(row, directory.Now) && store.State.Pending == 0)
            {
                await denials.RemoveAsync(row.Address, row.AppPassword);
            }
        }
    }

    /// <summary>What waits of that login goes nowhere until it is released.</summary>
    public ValueTask<int> HoldMailAsync(Mailbox address, string reason, CancellationToken cancellationToken) =>
        queued?.HoldAsync(address, reason, cancellationToken) ?? ValueTask.FromResult(0);

    private static WritePlan Plan(DenialRow row, User user) =>
        row.AppPassword.Length > 0 ? new WritePlan($"Revoke an app password of {user.Address}") { Users = [user with { AppPasswords = [.. user.AppPasswords.Where(a => a.Id != row.AppPassword)] }] }
        : row.Deletes ? new WritePlan($"Delete user {user.Address}") { GoneUsers = [user.Address] }
        : new WritePlan($"Disable user {user.Address}") { Users = [user with { Enabled = false }] };
}
