using System.Collections.Immutable;
using Ptt.Dns;
using Ptt.Mail;

namespace Ptt.Web.Users.Files;

/// <summary>A user as stored. <paramref name="Version"/> is the id of the file's blob: it changes when, and only when, the file does.</summary>
public sealed record StoredUser(User User, string Version, DateTimeOffset Changed);

public sealed record StoredDomain(OwnDomain Domain, string Version);

/// <summary>What is in force: the users and domains of one commit, in memory. Never changes; the next commit makes another.</summary>
public sealed record UserSnapshot
{
    public static readonly UserSnapshot Empty = new();

    public string? Commit { get; init; }

    /// <summary>By canonical address.</summary>
    public ImmutableDictionary<string, StoredUser> Users { get; init; } = ImmutableDictionary.Create<string, StoredUser>(StringComparer.Ordinal);

    public ImmutableDictionary<DomainName, StoredDomain> Domains { get; init; } = ImmutableDictionary<DomainName, StoredDomain>.Empty;

    public int Administrators { get; init; }

    public StoredUser? Find(Mailbox address) => Addresses.TryCanonical(address, out Mailbox? canonical) ? Users.GetValueOrDefault(canonical.ToString()) : null;

    internal UserSnapshot With(ChangeSet changes, string commit)
    {
        ImmutableDictionary<string, StoredUser>.Builder users = Users.ToBuilder();
        ImmutableDictionary<DomainName, StoredDomain>.Builder domains = Domains.ToBuilder();
        int administrators = Administrators;
        foreach (string gone in changes.GoneUsers)
        {
            administrators -= IsAdministrator(users.GetValueOrDefault(gone)) ? 1 : 0;
            users.Remove(gone);
        }

        foreach (StoredUser user in changes.Users)
        {
            string key = user.User.Address.ToString();
            administrators += (IsAdministrator(user) ? 1 : 0) - (IsAdministrator(users.GetValueOrDefault(key)) ? 1 : 0);
            users[key] = user;
        }

        domains.RemoveRange(changes.GoneDomains);
        foreach (StoredDomain domain in changes.Domains)
        {
            domains[domain.Domain.Domain] = domain;
        }

        return new UserSnapshot { Commit = commit, Users = users.ToImmutable(), Domains = domains.ToImmutable(), Administrators = administrators };
    }

    private static bool IsAdministrator(StoredUser? user) => user is { User.Enabled: true } && user.User.Roles.Contains("admin");
}

/// <summary>What one step from commit to commit changes.</summary>
internal sealed record ChangeSet(
    IReadOnlyList<StoredUser> Users, IReadOnlyList<string> GoneUsers, IReadOnlyList<StoredDomain> Domains, IReadOnlyList<DomainName> GoneDomains)
{
    /// <summary>The bytes of each file, by the id of its blob.</summary>
    public required IReadOnlyDictionary<string, byte[]> Files { get; init; }

    public static readonly ChangeSet None = new([], [], [], []) { Files = new Dictionary<string, byte[]>() };

    /// <summary>This step and then <paramref name="next"/>, as one.</summary>
    public ChangeSet Then(ChangeSet next)
    {
        HashSet<string> users = [.. next.GoneUsers, .. next.Users.Select(u => u.User.Address.ToString())];
        HashSet<DomainName> domains = [.. next.GoneDomains, .. next.Domains.Select(d => d.Domain.Domain)];
        return new ChangeSet(
            [.. Users.Where(u => !users.Contains(u.User.Address.ToString())), .. next.Users], [.. GoneUsers, .. next.GoneUsers],
            [.. Domains.Where(d => !domains.Contains(d.Domain.Domain)), .. next.Domains], [.. GoneDomains, .. next.GoneDomains])
        {
            Files = Files.Concat(next.Files).DistinctBy(f => f.Key).ToDictionary(StringComparer.Ordinal),
        };
    }
}
