using System.Globalization;
using System.Text;

namespace Ptt.Web.Users.Git;

/// <summary>
/// The bare repository that holds the users: reads commits, makes commits, moves refs by compare-and-swap. Without a working
/// tree or an index, so that nothing outside of the objects can be half done. Knows nothing of what the files mean.
/// </summary>
internal sealed class UserGit(GitCommand git, string committer) : IDisposable
{
    private const int MaxCommit = 1024 * 1024;
    private const int MaxTree = 256 * 1024 * 1024;
    private const int FewBlobs = 200;

    private readonly GitObjects _objects = new(git);

    public const string NoCommit = "0000000000000000000000000000000000000000";

    public GitCommand Command => git;

    /// <summary>Makes the repository when it is not there: no hooks, nothing of a template. What a killed git left locked is free afterwards.</summary>
    public async Task EnsureAsync(string branch, CancellationToken cancellationToken)
    {
        await StaleLocks.RemoveAsync(git.Repository, cancellationToken);
        if (!File.Exists(Path.Combine(git.Repository, "HEAD")))
        {
            await git.RunAsync(["init", "--quiet", "--bare", "--template=", "--initial-branch=" + branch], cancellationToken: cancellationToken);
        }
    }

    /// <summary>The commit that a ref names; null where there is none.</summary>
    public async Task<string?> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        GitOutput output = await git.TryAsync(["rev-parse", "--quiet", "--verify", "--end-of-options", name + "^{commit}"], cancellationToken: cancellationToken);
        return output.Succeeded ? output.Line : null;
    }

    /// <summary>The commits that several refs are at; null for each that is not there.</summary>
    public async Task<IReadOnlyList<string?>> TipsAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) =>
        [.. (await _objects.ReadAsync(names, MaxCommit, cancellationToken)).Select(o => o is { IsCommit: true } ? o.Id : null)];

    /// <summary>Makes commits one on top of the other, the first on <paramref name="parent"/>, in one call; no branch moves. Their ids in that order.</summary>
    public async Task<IReadOnlyList<string>> CommitAsync(string? parent, IReadOnlyList<NewCommit> commits, CancellationToken cancellationToken) =>
        Encoding.ASCII.GetString(await git.RunAsync(["fast-import", "--quiet", "--force"], new GitInput(CommitScript.Write(parent, commits, committer)), cancellationToken))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Makes a commit again on <paramref name="parent"/> with git's own SSH signature; the result is another commit.</summary>
    public async Task<string> SignAsync(string commit, string? parent, string keyPath, CancellationToken cancellationToken)
    {
        string[] parts = Encoding.UTF8.GetString(await git.RunAsync(
            ["show", "-s", "--no-show-signature", "--format=%T%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%B", commit], cancellationToken: cancellationToken)).Split('\0');
        var people = new Dictionary<string, string>
        {
            ["GIT_AUTHOR_NAME"] = parts[1], ["GIT_AUTHOR_EMAIL"] = parts[2], ["GIT_AUTHOR_DATE"] = parts[3] + " +0000",
            ["GIT_COMMITTER_NAME"] = parts[4], ["GIT_COMMITTER_EMAIL"] = parts[5], ["GIT_COMMITTER_DATE"] = parts[3] + " +0000",
        };
        string[] parents = parent is null ? [] : ["-p", parent];
        return Encoding.ASCII.GetString(await git.RunAsync(
            ["-c", "gpg.format=ssh", "-c", "user.signingKey=" + keyPath, "commit-tree", "-S", .. parents, "-F", "-", parts[0]],
            new GitInput(Encoding.UTF8.GetBytes(parts[6].TrimEnd() + "\n"), people), cancellationToken)).Trim();
    }

    /// <summary>True where each of the commits carries a good signature: SSH by one of <paramref name="allowedSigners"/> (a path), or OpenPGP by a key in <paramref name="gnuPgHome"/>.</summary>
    public async Task<bool> VerifyAsync(IEnumerable<string> commits, SignersOnDisk signers, CancellationToken cancellationToken) =>
        (await git.TryAsync([.. signers.Configuration, "-c", "gpg.minTrustLevel=fully", "verify-commit", .. commits], new GitInput(Environment: signers.Environment), cancellationToken)).Succeeded;

    /// <summary>What git makes of the signature of each commit: the letter of <c>%G?</c> (git-log(1)), and what the program that looked at it said.</summary>
    public async Task<IReadOnlyList<(string Commit, char Letter, string Said)>> SignaturesAsync(IEnumerable<string> commits, SignersOnDisk signers, CancellationToken cancellationToken)
    {
        var input = GitInput.Of(string.Join('\n', commits) + "\n") with { Environment = signers.Environment };
        string entries = Encoding.UTF8.GetString(await git.RunAsync(
            [.. signers.Configuration, "log", "-z", "--no-walk=unsorted", "--no-show-signature", "--format=%H %G? %GG", "--stdin"], input, cancellationToken));
        return [.. entries.Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(e => (e[..40], e[41], e[42..]))];
    }

    /// <summary>When each was committed, as it says itself, and upon which.</summary>
    public async Task<IReadOnlyList<(string Commit, DateTimeOffset At, string[] Parents)>> DatesAsync(IEnumerable<string> commits, CancellationToken cancellationToken)
    {
        string lines = Encoding.ASCII.GetString(await git.RunAsync(
            ["log", "--no-walk=unsorted", "--no-show-signature", "--format=%H %ct %P", "--stdin"], GitInput.Of(string.Join('\n', commits) + "\n"), cancellationToken));
        return [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(f => (f[0], DateTimeOffset.FromUnixTimeSeconds(long.Parse(f[1], CultureInfo.InvariantCulture)), f[2..]))];
    }

    /// <summary>Packs what has gathered, so that thousands of small commits stay quick to read.</summary>
    public async Task PackAsync(CancellationToken cancellationToken)
    {
        await git.TryAsync(["-c", "gc.auto=0", "gc", "--quiet", "--prune=2.days.ago"], new GitInput(Timeout: TimeSpan.FromMinutes(10)), cancellationToken);
        await _objects.CloseAsync(cancellationToken);
    }

    /// <summary>Octets of the objects that are not packed: a folder of very many users is written anew, whole, at each change.</summary>
    public async Task<long> UnpackedAsync(CancellationToken cancellationToken)
    {
        string[] fields = (await git.TryAsync(["count-objects", "-v"], cancellationToken: cancellationToken)).Line.Split('\n');
        return fields.FirstOrDefault(f => f.StartsWith("size: ", StringComparison.Ordinal)) is { } size ? long.Parse(size[6..], CultureInfo.InvariantCulture) * 1024 : 0;
    }

    /// <summary>Compare-and-swap: false when the ref is no longer at <paramref name="from"/> (null: is there already).</summary>
    public async Task<bool> MoveAsync(string name, string to, string? from, CancellationToken cancellationToken) =>
        (await git.TryAsync(["update-ref", name, to, from ?? NoCommit], cancellationToken: cancellationToken)).Succeeded;

    /// <summary>Moves several refs in one transaction by compare-and-swap, or none of them.</summary>
    public async Task<bool> MoveAllAsync(IEnumerable<RefMove> moves, CancellationToken cancellationToken)
    {
        string lines = string.Concat(moves.Select(m => m.From == RefMove.Anywhere ? $"update {m.Name} {m.To}\n" : $"update {m.Name} {m.To} {m.From ?? NoCommit}\n"));
        return (await git.TryAsync(["update-ref", "--stdin"], GitInput.Of($"start\n{lines}prepare\ncommit\n"), cancellationToken)).Succeeded;
    }

    public Task SetAsync(string name, string to, CancellationToken cancellationToken) => git.RunAsync(["update-ref", name, to], cancellationToken: cancellationToken);

    public async Task<bool> IsAncestorAsync(string older, string newer, CancellationToken cancellationToken) =>
        older == newer || (await FactsAsync(newer, cancellationToken)).Parents.Contains(older)   // nearly always
        || (await git.TryAsync(["merge-base", "--is-ancestor", older, newer], cancellationToken: cancellationToken)).Succeeded;

    /// <summary>The newest commit that both build on; null where there is none.</summary>
    public async Task<string?> MergeBaseAsync(string one, string other, CancellationToken cancellationToken) =>
        (await git.TryAsync(["merge-base", one, other], cancellationToken: cancellationToken)) is { Succeeded: true } output ? output.Line : null;

    /// <summary>The commits that <paramref name="to"/> has and <paramref name="from"/> has not, oldest first.</summary>
    public async Task<IReadOnlyList<string>> BetweenAsync(string? from, string to, CancellationToken cancellationToken) =>
        Encoding.ASCII.GetString(await git.RunAsync(["rev-list", "--reverse", "--topo-order", .. from is null ? [to] : new[] { to, "^" + from }], cancellationToken: cancellationToken))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The files that differ, with the mode and blob that they have in <paramref name="to"/>.</summary>
    public async Task<IReadOnlyList<TreeEntry>> DiffAsync(string? from, string to, CancellationToken cancellationToken)
    {
        string? before = from is null ? null : (await FactsAsync(from, cancellationToken)).Tree;
        return await new TreeDiff(async (tree, stop) => await _objects.ReadAsync(tree, MaxTree, stop) is { Type: "tree" } found ? found.Content : null)
            .CompareAsync(before, (await FactsAsync(to, cancellationToken)).Tree, cancellationToken);
    }

    /// <summary>Every blob asked for, in that order; null where it is missing or larger than <paramref name="atMost"/>.</summary>
    public async Task<byte[]?[]> ReadAsync(IReadOnlyList<string> blobs, int atMost, CancellationToken cancellationToken)
    {
        GitObject?[] found = blobs.Count <= FewBlobs ? await _objects.ReadAsync(blobs, atMost, cancellationToken)
            : await git.StreamAsync(["cat-file", "--batch", "--buffer"], GitInput.Of(string.Join('\n', blobs) + "\n"), async output =>
            {
                var (input, all) = (GitObject.Reader(output), new GitObject?[blobs.Count]);
                for (int i = 0; i < all.Length; i++)
                {
                    all[i] = await GitObject.ReadAsync(input, atMost, cancellationToken);
                }

                return all;
            }, cancellationToken);
        return [.. found.Select(o => o is { Type: "blob" } ? o.Content : null)];
    }

    public async Task<byte[]?> ReadFileAsync(string commit, string path, CancellationToken cancellationToken)
    {
        GitOutput output = await git.TryAsync(["cat-file", "blob", $"{commit}:{path}"], cancellationToken: cancellationToken);
        return output.Succeeded ? output.Bytes : null;
    }

    public async Task<CommitFacts> FactsAsync(string commit, CancellationToken cancellationToken) =>
        await _objects.ReadAsync(commit, MaxCommit, cancellationToken) is { IsCommit: true } found && CommitFacts.Of(found) is { } facts ? facts
            : throw new GitException($"commit {commit} cannot be read");

    /// <summary>The commits that touched a file, newest first.</summary>
    public Task<IReadOnlyList<CommitFacts>> HistoryAsync(string tip, string path, int atMost, CancellationToken cancellationToken) =>
        LogAsync([$"-{atMost}", tip, "--", path], cancellationToken);

    /// <summary>What a commit did to a file, as a unified diff.</summary>
    public async Task<string> PatchAsync(string commit, string path, CancellationToken cancellationToken) =>
        Encoding.UTF8.GetString(await git.RunAsync(
            ["diff-tree", "-p", "--root", "--no-commit-id", "--no-ext-diff", "--no-textconv", commit, "--", path], cancellationToken: cancellationToken));

    public void Dispose() => _objects.Dispose();

    private async Task<IReadOnlyList<CommitFacts>> LogAsync(string[] what, CancellationToken cancellationToken)
    {
        string text = Encoding.UTF8.GetString(await git.RunAsync(
            ["log", "--no-show-signature", "--format=%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%at%x1f%B%x1e", .. what], cancellationToken: cancellationToken));
        return [.. text.Split('\x1e').Select(r => r.TrimStart('\n')).Where(r => r.Length > 0).Select(r => r.Split('\x1f')).Select(f => new CommitFacts(
            f[0], f[1], f[2].Split(' ', StringSplitOptions.RemoveEmptyEntries), f[3], f[4], DateTimeOffset.FromUnixTimeSeconds(long.Parse(f[5], CultureInfo.InvariantCulture)), f[6].Trim()))];
    }
}

/// <summary>A ref to move; null <paramref name="From"/>: it is not there yet; <see cref="Anywhere"/>: wherever it is.</summary>
internal sealed record RefMove(string Name, string To, string? From)
{
    public const string Anywhere = "*";
}
