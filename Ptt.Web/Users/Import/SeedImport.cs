using System.Text.Json;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Web.Http;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;
using Ptt.Web.Users.Sync;

namespace Ptt.Web.Users.Import;

/// <summary>
/// The users of the system that Ptt re-implements: one file per local part, <c>{"targets", "password": "&lt;BLAKE2b hex&gt;", "insecure"}</c>,
/// in a git repository. All are taken in one commit, or the faults are told and nothing is done. The digests serve for one login each.
/// </summary>
internal sealed class SeedImport(UserStore store)
{
    /// <summary><paramref name="repository"/>: a path to a repository, bare or not. What exists already here is left alone and counted.</summary>
    public async Task<SeedImportResult> RunAsync(string repository, DomainName domain, string actor, CancellationToken cancellationToken)
    {
        string bare = Directory.Exists(Path.Combine(repository, ".git")) ? Path.Combine(repository, ".git") : repository;
        using var git = new UserGit(new GitCommand(Path.GetFullPath(bare), TimeSpan.FromMinutes(5)), actor);
        if (await git.ResolveAsync("HEAD", cancellationToken) is not { } head)
        {
            return new SeedImportResult(0, 0, [$"{repository}: is no git repository with a commit"]);
        }

        List<string> faults = [];
        List<User> users = [];
        TreeEntry[] entries = [.. (await git.DiffAsync(null, head, cancellationToken)).Where(e => e.Blob is not null)];
        foreach ((TreeEntry entry, byte[]? file) in entries.Zip(await git.ReadAsync([.. entries.Select(e => e.Blob!)], UserFile.MaxLength, cancellationToken)))
        {
            if (entry.Path.StartsWith('.') || entry.Path.EndsWith(".md", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            List<Fault> wrong = [];
            if (entry.Mode is "120000" or "160000" || file is null)
            {
                faults.Add($"{entry.Path}: is no ordinary file, or too large");
            }
            else if (Read(entry.Path, file, domain, wrong) is { } user)
            {
                users.Add(user);
            }

            faults.AddRange(wrong.Select(f => $"{entry.Path}{f.Pointer}: {f.Detail}"));
        }

        if (faults.Count > 0)
        {
            return new SeedImportResult(0, 0, faults);
        }

        int made = 0;
        await store.WriteAsync(actor, now =>
        {
            User[] missing = [.. users.Where(u => now.Find(u.Address) is null)];
            made = missing.Length;
            return new WritePlan($"Import {missing.Length} users of {domain}")
            {
                Users = missing, Domains = now.Domains.ContainsKey(domain) ? [] : [new OwnDomain { Domain = domain }],
            };
        }, cancellationToken);
        return new SeedImportResult(made, users.Count - made, []);
    }

    /// <summary>One file of the seed; null and the faults where it is none.</summary>
    public static User? Read(string path, ReadOnlyMemory<byte> file, DomainName domain, List<Fault> faults)
    {
        using JsonDocument? json = UserFile.Document(file, faults);
        if (json is null)
        {
            return null;
        }

        var members = new JsonMembers(json.RootElement, "", faults);
        string local = path.Split('/')[^1];
        Mailbox? address = null;
        if (!LocalPart.TryCreate(local, out LocalPart part) || !Addresses.TryCanonical(new Mailbox(part, domain), out address))
        {
            faults.Add(new("", "is no local part"));
        }

        string? digest = members.Text("password", 256, required: true)?.ToLowerInvariant();
        if (digest is not null && !Secret.IsBlake2b(Secret.Blake2bPrefix + digest))
        {
            members.Fail("password", "is no BLAKE2b digest of 128 hexadecimal digits");
        }

        List<Mailbox> targets = members.List<Mailbox>("targets", 1000, t =>
            Mailbox.TryParse(t.Trim().TrimStart('<').TrimEnd('>'), out Mailbox? target) ? (target, null) : (null, "is not a mail address"));
        return faults.Count > 0 ? null : new User { Address = address!, Verifier = Secret.Blake2bPrefix + digest, Targets = targets };
    }
}

/// <summary>With faults, nothing was done.</summary>
public sealed record SeedImportResult(int Imported, int Present, IReadOnlyList<string> Faults);
