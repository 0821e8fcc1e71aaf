using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Ptt.Mail;
using Ptt.Web.Users.InForce;

namespace Ptt.Web.Users.Credentials;

/// <summary>When each app password was last used on this machine; not in git, which would gain a commit for every login.</summary>
internal sealed class AppPasswordUse(IDbContextFactory<UsersStateDb> databases, TimeProvider time)
{
    private readonly ConcurrentDictionary<(string Address, string Id), long> _used = new();
    private readonly ConcurrentDictionary<(string Address, string Id), bool> _dirty = new();

    public void Note(Mailbox address, string id)
    {
        (string, string) key = (address.ToString(), id);
        _used[key] = time.GetUtcNow().ToUnixTimeSeconds();
        _dirty[key] = true;
    }

    public DateTimeOffset? LastUse(Mailbox address, string id) =>
        _used.TryGetValue((address.ToString(), id), out long at) ? DateTimeOffset.FromUnixTimeSeconds(at) : null;

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await using UsersStateDb db = await databases.CreateDbContextAsync(cancellationToken);
        foreach (AppPasswordUseRow row in await db.AppPasswordUse.AsNoTracking().ToListAsync(cancellationToken))
        {
            _used[(row.Address, row.Id)] = row.At;
        }
    }

    public async Task SaveAsync()
    {
        (string Address, string Id)[] due = [.. _dirty.Keys];
        if (due.Length == 0)
        {
            return;
        }

        await using UsersStateDb db = await databases.CreateDbContextAsync();
        foreach ((string address, string id) in due)
        {
            _dirty.TryRemove((address, id), out _);
            await db.Database.ExecuteSqlAsync($"INSERT OR REPLACE INTO AppPasswordUse (Address, Id, At) VALUES ({address}, {id}, {_used[(address, id)]})");
        }
    }
}
