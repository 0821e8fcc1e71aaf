using System.Collections.Frozen;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Web.Domains;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.InForce;

/// <summary>The users in force, for whoever must know at once: AUTH, sender rights, aliases. Reading takes no lock and no disk.</summary>
public sealed class UserDirectory : IOwnDomains
{
    private UserSnapshot _snapshot = UserSnapshot.Empty;
    private IReadOnlyCollection<DomainName> _domains = [];
    private FrozenSet<string> _denied = FrozenSet<string>.Empty;

    public event Action? Changed;

    /// <summary>After any change of users or domains; handlers return at once.</summary>
    public event Action? UsersChanged;

    public UserSnapshot Now => Volatile.Read(ref _snapshot);

    public IReadOnlyCollection<DomainName> All => Volatile.Read(ref _domains);

    public bool Contains(DomainName domain) => Now.Domains.ContainsKey(domain);

    public StoredUser? Find(Mailbox address) => Now.Find(address);

    /// <summary>Only a user who may come in: enabled, and not shut out.</summary>
    public StoredUser? FindActive(Mailbox address) =>
        Find(address) is { User.Enabled: true } stored && !IsDenied(stored.User.Address) ? stored : null;

    /// <summary>Whether the user, or only that app password, was shut out just now and git may not say so yet.</summary>
    public bool IsDenied(Mailbox address, string? appPassword = null) =>
        Volatile.Read(ref _denied) is { Count: > 0 } denied && denied.Contains(Denials.Key(address.ToString(), appPassword ?? ""));

    /// <summary>The user of an address or, when there is none, of the address without its detail (<c>ada+news</c>).</summary>
    public StoredUser? FindByAny(Mailbox address)
    {
        UserSnapshot now = Now;
        return now.Find(address) ?? (Addresses.WithoutDetail(address) is { } bare && bare != address ? now.Find(bare) : null);
    }

    internal void Deny(IEnumerable<string> keys)
    {
        Volatile.Write(ref _denied, keys.ToFrozenSet(StringComparer.Ordinal));
        UsersChanged?.Invoke();
    }

    internal void Set(UserSnapshot snapshot)
    {
        UserSnapshot before = Interlocked.Exchange(ref _snapshot, snapshot);
        if (!ReferenceEquals(before.Domains, snapshot.Domains) && !before.Domains.Keys.ToHashSet().SetEquals(snapshot.Domains.Keys))
        {
            Volatile.Write(ref _domains, [.. snapshot.Domains.Keys.Order()]);
            Changed?.Invoke();
        }

        UsersChanged?.Invoke();
    }
}
