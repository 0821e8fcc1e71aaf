using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;

namespace Ptt.Web.Users.Sync;

/// <summary>Commits of ours: made and signed, and made again on top of what others pushed first, so that history stays a line.</summary>
internal sealed class OwnCommits(UserGit git, CommitSignatures signatures, SyncStatus status)
{
    /// <summary>One on top of the other; their ids in that order.</summary>
    public async Task<IReadOnlyList<string>> MakeAsync(string? parent, IReadOnlyList<NewCommit> commits, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> made = await git.CommitAsync(parent, commits, cancellationToken);
        if (signatures.SigningKeyPath is not { } key)
        {
            return made;
        }

        var signed = new List<string>(made.Count);
        foreach (string commit in made)
        {
            signed.Add(await git.SignAsync(commit, signed.LastOrDefault() ?? parent, key, cancellationToken));
        }

        return signed;
    }

    /// <summary>
    /// Those between <paramref name="from"/> and <paramref name="ours"/> again on <paramref name="theirs"/>. Where both changed a file,
    /// the changes are put together (<see cref="MemberMerge"/>); where they do not go together, theirs stays, ours is kept aside and said aloud.
    /// </summary>
    public async Task<string> OnTopAsync(string? from, string theirs, string ours, CancellationToken cancellationToken)
    {
        // What became of the files that they changed, as our commits are put on top one after the other.
        Dictionary<string, string?> there = (await git.DiffAsync(from, theirs, cancellationToken)).ToDictionary(e => e.Path, e => e.Blob);
        Dictionary<string, byte[]> merged = [];
        List<NewCommit> again = [];
        foreach (string commit in await git.BetweenAsync(from, ours, cancellationToken))
        {
            CommitFacts facts = await git.FactsAsync(commit, cancellationToken);
            List<FileChange> changes = [];
            List<string> conflicts = [];
            foreach (TreeEntry entry in await git.DiffAsync(facts.Parents.FirstOrDefault(), commit, cancellationToken))
            {
                if (!there.TryGetValue(entry.Path, out string? blob) || blob == entry.Before)
                {
                    changes.Add(new FileChange(entry.Path, null, entry.Blob));
                    there.Remove(entry.Path);
                }
                else if (blob == entry.Blob)
                {
                    there.Remove(entry.Path);   // they have it already
                }
                else if (await MergeAsync(entry, blob, merged, cancellationToken) is not { } both)
                {
                    conflicts.Add(entry.Path);
                }
                else if (UserFile.BlobId(both) is var id && id != blob)
                {
                    changes.Add(new FileChange(entry.Path, both));
                    (there[entry.Path], merged[id]) = (id, both);
                }
            }

            if (conflicts.Count > 0)
            {
                await git.SetAsync("refs/ptt/conflicts/" + commit[..12], commit, cancellationToken);
                status.Conflict(commit, facts.Message, conflicts);
            }

            if (changes.Count > 0)
            {
                again.Add(new NewCommit(changes, new Authorship(facts.Author, facts.Message, facts.At)));
            }
        }

        return again.Count == 0 ? theirs : (await MakeAsync(theirs, again, cancellationToken))[^1];
    }

    private async Task<byte[]?> MergeAsync(TreeEntry ours, string? theirs, Dictionary<string, byte[]> merged, CancellationToken cancellationToken)
    {
        if (ours is not { Before: { } before, Blob: { } blob } || theirs is null)
        {
            return null;   // made or deleted by one of the two
        }

        string[] wanted = [before, blob, theirs];
        byte[]?[] read = await git.ReadAsync([.. wanted.Where(w => !merged.ContainsKey(w))], UserFile.MaxLength, cancellationToken);
        Queue<byte[]?> rest = new(read);
        byte[]?[] files = [.. wanted.Select(w => merged.GetValueOrDefault(w) ?? rest.Dequeue())];
        return files is [{ } b, { } o, { } t] ? MemberMerge.Merge(ours.Path.StartsWith("users/", StringComparison.Ordinal), b, o, t) : null;
    }
}
