using Ptt.Dns;
using Ptt.Mail;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;

namespace Ptt.Web.Users.Sync;

/// <summary>What one commit of ours changes.</summary>
internal sealed record WritePlan(string Message)
{
    public IReadOnlyList<User> Users { get; init; } = [];

    public IReadOnlyList<Mailbox> GoneUsers { get; init; } = [];

    public IReadOnlyList<OwnDomain> Domains { get; init; } = [];

    public IReadOnlyList<DomainName> GoneDomains { get; init; } = [];

    /// <summary>The files that really differ from what is in force, and what they change there.</summary>
    public (List<FileChange> Files, ChangeSet Changes) Against(UserSnapshot now, DateTimeOffset at)
    {
        List<FileChange> files = [];
        List<StoredUser> users = [];
        List<StoredDomain> domains = [];
        var bytes = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (User user in Users)
        {
            byte[] file = UserFile.Write(user);
            string id = UserFile.BlobId(file);
            if (now.Users.GetValueOrDefault(user.Address.ToString())?.Version != id)
            {
                files.Add(new FileChange(Addresses.FileOf(user.Address), file));
                users.Add(new StoredUser(user, id, at));
                bytes[id] = file;
            }
        }

        foreach (OwnDomain domain in Domains)
        {
            byte[] file = UserFile.Write(domain);
            string id = UserFile.BlobId(file);
            if (now.Domains.GetValueOrDefault(domain.Domain)?.Version != id)
            {
                files.Add(new FileChange(Addresses.FileOf(domain.Domain), file));
                domains.Add(new StoredDomain(domain, id));
                bytes[id] = file;
            }
        }

        files.AddRange(GoneUsers.Select(a => new FileChange(Addresses.FileOf(a), null)));
        files.AddRange(GoneDomains.Select(d => new FileChange(Addresses.FileOf(d), null)));
        return (files, new ChangeSet(users, [.. GoneUsers.Select(a => a.ToString())], domains, GoneDomains) { Files = bytes });
    }
}
