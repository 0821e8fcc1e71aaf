using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Ptt.Mail;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.InForce;

/// <summary>
/// Who is shut out from this moment, whatever git says: written to disk and to memory before git is touched, and taken away only when
/// the commit that says the same is in force and pushed. What stands here after a crash is still to be done, and is done.
/// </summary>
internal sealed class Denials(IDbContextFactory<UsersStateDb> databases, UserDirectory directory, WriteSteps steps, TimeProvider time)
{
    private ImmutableDictionary<string, DenialRow> _rows = ImmutableDictionary<string, DenialRow>.Empty;

    public IReadOnlyCollection<DenialRow> All => [.. _rows.Values];

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await using UsersStateDb db = await databases.CreateDbContextAsync(cancellationToken);
        db.Upgrade();
        foreach (DenialRow row in await db.Denials.AsNoTracking().ToListAsync(cancellationToken))
        {
            Show(rows => rows.SetItem(KeyOf(row), row));
        }
    }

    /// <summary>When this returns, nobody gets in with it.</summary>
    public async Task AddAsync(Mailbox address, string? appPassword, bool deletes, bool holdsMail, string actor)
    {
        var row = new DenialRow
        {
            Address = address.ToString(), AppPassword = appPassword ?? "", Deletes = deletes, HoldsMail = holdsMail, Actor = actor, At = time.GetUtcNow().ToUnixTimeSeconds(),
        };
        Show(rows => rows.SetItem(KeyOf(row), row));
        await using UsersStateDb db = await databases.CreateDbContextAsync();
        await db.Denials.Where(d => d.Address == row.Address && d.AppPassword == row.AppPassword).ExecuteDeleteAsync();
        db.Denials.Add(row);
        await db.SaveChangesAsync();
        steps.Reach("denied");
    }

    public async Task RemoveAsync(string address, string appPassword)
    {
        if (_rows.ContainsKey(Key(address, appPassword)))
        {
            await using UsersStateDb db = await databases.CreateDbContextAsync();
            await db.Denials.Where(d => d.Address == address && d.AppPassword == appPassword).ExecuteDeleteAsync();
            Show(rows => rows.Remove(Key(address, appPassword)));
            steps.Reach("allowed");
        }
    }

    /// <summary>True when what is in force says the same as the denial.</summary>
    public static bool IsDone(DenialRow row, UserSnapshot now)
    {
        User? user = now.Users.GetValueOrDefault(row.Address)?.User;
        return user is null || (row.AppPassword.Length > 0 ? !user.AppPasswords.Any(a => a.Id == row.AppPassword) : !row.Deletes && !user.Enabled);
    }

    private void Show(Func<ImmutableDictionary<string, DenialRow>, ImmutableDictionary<string, DenialRow>> change)
    {
        ImmutableInterlocked.Update(ref _rows, change);
        directory.Deny([.. _rows.Keys]);
    }

    private static string KeyOf(DenialRow row) => Key(row.Address, row.AppPassword);

    /// <summary>As <see cref="UserDirectory.IsDenied"/> asks for it.</summary>
    public static string Key(string address, string appPassword) => appPassword.Length > 0 ? $"{address} {appPassword}" : address;
}
