using Ptt.Dns;
using Ptt.Mail;
using Ptt.Smtp.Submission;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.InForce;

/// <summary>
/// The alias map of what is in force: <c>targets</c> of users, domains that stand for others, and postmaster and abuse, which always
/// lead to someone (RFC 5321 §4.5.1, RFC 2142). No address twice, and a circle ends where it closes.
/// </summary>
internal sealed class Aliases(UserDirectory directory) : IAliases
{
    private const int MaxTargets = 10_000;

    public IReadOnlyList<Mailbox> Expand(Mailbox address)
    {
        UserSnapshot now = directory.Now;
        var ends = new List<Mailbox>();
        var met = new HashSet<string>(StringComparer.Ordinal);
        Follow(now, address, met, ends);
        return ends is [{ } only] && only == address ? [] : ends;
    }

    private static void Follow(UserSnapshot now, Mailbox address, HashSet<string> met, List<Mailbox> ends)
    {
        if (ends.Count >= MaxTargets || !met.Add(KeyOf(address)))
        {
            return;
        }

        if (now.Domains.GetValueOrDefault(address.Domain)?.Domain is not { } domain || address.Literal is not null)
        {
            ends.Add(address);
            return;
        }

        if (domain.AliasOf is { } other)
        {
            Follow(now, new Mailbox(address.LocalPart, other), met, ends);
            return;
        }

        StoredUser? stored = now.Find(address) ?? now.Find(Addresses.WithoutDetail(address));
        IReadOnlyList<Mailbox> targets = stored is { User.Enabled: true } ? stored.User.Targets : stored is null ? RoleTargets(now, address, domain) : [];
        if (targets.Count == 0)
        {
            ends.Add(address);
            return;
        }

        foreach (Mailbox target in targets)
        {
            // An address among its own targets keeps a copy.
            if (KeyOf(target) == KeyOf(address))
            {
                ends.Add(address);
            }
            else
            {
                Follow(now, target, met, ends);
            }
        }
    }

    private static IReadOnlyList<Mailbox> RoleTargets(UserSnapshot now, Mailbox address, OwnDomain domain)
    {
        if (address.LocalPart.Value.ToLowerInvariant() is not ("postmaster" or "abuse"))
        {
            return [];
        }

        return domain.Postmaster is { } postmaster && postmaster != address ? [postmaster]
            : [.. now.Users.Values.Select(u => u.User).Where(u => u.Enabled && u.Roles.Contains("admin")).Select(u => u.Address).OrderBy(a => a.ToString(), StringComparer.Ordinal)];
    }

    private static string KeyOf(Mailbox address) => Addresses.TryCanonical(address, out Mailbox? canonical) ? canonical.ToString() : address.ToString();
}
