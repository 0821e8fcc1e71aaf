using Ptt.Dns;
using Ptt.Mail;
using Ptt.Web.Http;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;

namespace Ptt.Web.Users.Sync;

/// <summary>
/// Whether the files of a commit may come into force: all of them or none. Pure: what is in force, what would change, and the
/// bytes of it go in; the changes or the reasons come out.
/// </summary>
internal static class IncomingPolicy
{
    private const int MaxReasons = 20;

    /// <summary><paramref name="files"/> holds the bytes of each entry with a blob, in order; null where it is missing or too large.</summary>
    public static IncomingVerdict Check(
        UserSnapshot now, IReadOnlyList<(TreeEntry Entry, byte[]? File)> files, IReadOnlyCollection<string> protectedRoles, DateTimeOffset changed)
    {
        var read = new Reading[files.Count];
        void Judge(int i) => read[i] = JudgeOne(now, files[i].Entry, files[i].File, protectedRoles, changed);
        if (files.Count < 500)
        {
            for (int i = 0; i < files.Count; i++)
            {
                Judge(i);
            }
        }
        else
        {
            Parallel.For(0, files.Count, Judge);   // at a start all of them
        }

        List<string> reasons = [.. read.SelectMany(r => r.Reasons)];
        List<StoredUser> users = [.. read.Select(r => r.User).OfType<StoredUser>()];
        List<string> goneUsers = [.. read.Select(r => r.GoneUser).OfType<string>()];
        List<StoredDomain> domains = [.. read.Select(r => r.Domain).OfType<StoredDomain>()];
        List<DomainName> goneDomains = [.. read.Where(r => r.GoneDomain is not null).Select(r => r.GoneDomain!.Value)];
        var bytes = new Dictionary<string, byte[]>(files.Count, StringComparer.Ordinal);
        foreach ((TreeEntry entry, byte[]? file) in files.Where(f => f.File is not null))
        {
            bytes[entry.Blob!] = file!;
        }

        if (reasons.Count == 0)
        {
            reasons.AddRange(Homeless(now, users, goneUsers, domains, goneDomains));
        }

        var changes = new ChangeSet(users, goneUsers, domains, goneDomains) { Files = bytes };
        return reasons.Count == 0 ? new IncomingVerdict.Accepted(changes) : new IncomingVerdict.Refused(reasons.Count > MaxReasons ? [.. reasons.Take(MaxReasons), "and more"] : reasons, changes);
    }

    private static Reading JudgeOne(UserSnapshot now, TreeEntry entry, byte[]? file, IReadOnlyCollection<string> protectedRoles, DateTimeOffset changed)
    {
        if (entry.Mode == TreeEntry.Malformed)
        {
            return Wrong(entry, "is a folder that git would not make");
        }

        if (!IsOurs(entry.Path))
        {
            // A README beside the users harms nobody, but nothing may lie under our folders that we do not understand.
            return IsUnderOurs(entry.Path) ? Wrong(entry, "no file of a user or domain lies here") : new Reading();
        }

        if (entry.Blob is null)
        {
            return AddressAt(entry.Path, now) is { } address ? new Reading { GoneUser = address } : new Reading { GoneDomain = DomainAt(entry.Path) };
        }

        if (!entry.IsFile)
        {
            return Wrong(entry, entry.Mode switch { "120000" => "is a symbolic link", "160000" => "is a submodule", _ => "is a special file" });
        }

        if (file is null)
        {
            return Wrong(entry, $"is larger than {UserFile.MaxLength} octets");
        }

        List<Fault> faults = [];
        User? user = null;
        OwnDomain? domain = null;
        if (entry.Path.StartsWith("users/", StringComparison.Ordinal))
        {
            if ((user = UserFile.Parse(file, faults)) is not null)
            {
                Place(entry.Path, Addresses.FileOf(user.Address), faults);
                Escalation(now.Find(user.Address)?.User, user, protectedRoles, faults);
            }
        }
        else if ((domain = UserFile.ParseDomain(file, faults)) is not null)
        {
            Place(entry.Path, Addresses.FileOf(domain.Domain), faults);
        }

        return faults.Count > 0 ? new Reading { Reasons = [.. faults.Select(f => $"{Shown(entry.Path)}{(f.Pointer.Length > 0 ? " " + f.Pointer : "")}: {f.Detail}")] }
            : new Reading { User = user is null ? null : new StoredUser(user, entry.Blob, changed), Domain = domain is null ? null : new StoredDomain(domain, entry.Blob) };
    }

    private static Reading Wrong(TreeEntry entry, string reason) => new() { Reasons = [$"{Shown(entry.Path)}: {reason}"] };

    private static void Place(string path, string right, List<Fault> faults)
    {
        if (path != right)
        {
            faults.Add(new("", $"belongs at {right}"));
        }
    }

    // A protected role, or the credentials of someone who has one, are not to be had by a commit from elsewhere.
    private static void Escalation(User? before, User after, IReadOnlyCollection<string> protectedRoles, List<Fault> faults)
    {
        foreach (string role in after.Roles.Where(protectedRoles.Contains))
        {
            if (before is null || !before.Roles.Contains(role))
            {
                faults.Add(new("/roles", $"grants {role}, which is given on the server only"));
            }
            else if (before.Verifier != after.Verifier || after.AppPasswords.Any(a => !before.AppPasswords.Any(b => b.Id == a.Id && b.Verifier == a.Verifier)))
            {
                faults.Add(new("/verifier", $"changes the credentials of a user with the role {role}, which is done on the server only"));
            }
        }
    }

    private static IEnumerable<string> Homeless(
        UserSnapshot now, List<StoredUser> users, List<string> goneUsers, List<StoredDomain> domains, List<DomainName> goneDomains)
    {
        HashSet<DomainName> added = [.. domains.Select(d => d.Domain.Domain)];
        foreach (StoredUser user in users)
        {
            DomainName domain = user.User.Address.Domain;
            if (!added.Contains(domain) && (!now.Domains.ContainsKey(domain) || goneDomains.Contains(domain)))
            {
                yield return $"{Addresses.FileOf(user.User.Address)}: there is no domains/{domain}.json";
            }
        }

        foreach (DomainName gone in goneDomains.Except(added))
        {
            int left = now.Users.Values.Count(u => u.User.Address.Domain == gone && !goneUsers.Contains(u.User.Address.ToString()));
            if (left > 0)
            {
                yield return $"domains/{gone}.json: is removed, but {left} users of it are not";
            }
        }
    }

    private static bool IsOurs(string path) =>
        path.EndsWith(".json", StringComparison.Ordinal) && path.Split('/') switch
        {
            ["users", { Length: > 0 }, { Length: > 5 }] => true,
            ["domains", { Length: > 5 }] => true,
            _ => false,
        };

    // Git itself keeps case; a file system of someone's clone may not.
    private static bool IsUnderOurs(string path) =>
        path.Split('/')[0].ToLowerInvariant() is "users" or "domains";

    private static string? AddressAt(string path, UserSnapshot now)
    {
        if (path.Split('/') is not ["users", { } domain, { } file] || !Mailbox.TryParse($"{Unescape(file[..^5])}@{domain}", out Mailbox? address))
        {
            return null;
        }

        return now.Users.ContainsKey(address.ToString()) && Addresses.FileOf(address) == path ? address.ToString() : null;
    }

    private static string Unescape(string name)
    {
        string local = Uri.UnescapeDataString(name);
        return LocalPart.TryCreate(local, out LocalPart part) ? part.ToString() : local;
    }

    private static DomainName? DomainAt(string path) =>
        path.StartsWith("domains/", StringComparison.Ordinal) && DomainName.TryParse(path[8..^5], out DomainName domain) && Addresses.FileOf(domain) == path ? domain : null;

    private static string Shown(string path) =>
        new([.. (path.Length > 200 ? path[..200] + "…" : path).Select(c => char.IsControl(c) ? '?' : c)]);

    /// <summary>What one file says: at most one of these, or the reasons against it.</summary>
    private readonly record struct Reading()
    {
        public StoredUser? User { get; init; }

        public StoredDomain? Domain { get; init; }

        public string? GoneUser { get; init; }

        public DomainName? GoneDomain { get; init; }

        public IReadOnlyList<string> Reasons { get; init; } = [];
    }
}

internal abstract record IncomingVerdict
{
    public sealed record Accepted(ChangeSet Changes) : IncomingVerdict;

    /// <summary><paramref name="Good"/> is what is right nevertheless: of use only where the commit was in force before.</summary>
    public sealed record Refused(IReadOnlyList<string> Reasons, ChangeSet Good) : IncomingVerdict;
}
