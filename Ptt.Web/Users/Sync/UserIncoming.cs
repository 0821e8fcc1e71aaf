using Microsoft.Extensions.Options;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;

namespace Ptt.Web.Users.Sync;

/// <summary>Reads what a commit of others would change and asks <see cref="IncomingPolicy"/>; first <see cref="CommitSignatures"/>, where they are required.</summary>
internal sealed class UserIncoming(UserGit git, CommitSignatures signatures, IOptions<UsersOptions> options)
{
    /// <summary>For what comes from elsewhere: the signatures of <paramref name="theirs"/>, and the content of <paramref name="target"/>, which has ours on top.</summary>
    public async Task<IncomingVerdict> JudgeAsync(UserSnapshot now, string? since, string theirs, string target, CancellationToken cancellationToken) =>
        await signatures.FaultsAsync(since, theirs, cancellationToken) is { Count: > 0 } faults
            ? new IncomingVerdict.Refused(faults, ChangeSet.None)
            : await ReadAsync(now, target, options.Value.ProtectedRoles.AsReadOnly(), cancellationToken);

    /// <summary>The difference between what is in force and a commit, read and checked.</summary>
    public async Task<IncomingVerdict> ReadAsync(UserSnapshot from, string to, IReadOnlyCollection<string> protectedRoles, CancellationToken cancellationToken)
    {
        Task<CommitFacts> facts = git.FactsAsync(to, cancellationToken);
        IReadOnlyList<TreeEntry> entries = await git.DiffAsync(from.Commit, to, cancellationToken);
        TreeEntry[] present = [.. entries.Where(e => e.IsFile)];
        byte[]?[] contents = await git.ReadAsync([.. present.Select(e => e.Blob!)], UserFile.MaxLength, cancellationToken);
        IEnumerable<(TreeEntry, byte[]?)> others = entries.Where(e => !e.IsFile).Select(e => (e, (byte[]?)null));
        return IncomingPolicy.Check(from, [.. present.Zip(contents), .. others], protectedRoles, (await facts).At);
    }
}
