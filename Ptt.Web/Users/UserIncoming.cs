using Microsoft.Extensions.Options;
using Ptt.Web.Configuration;

namespace Ptt.Web.Users;

/// <summary>Reads what a commit of others would change and asks <see cref="IncomingPolicy"/>; verifies signatures where they are required.</summary>
internal sealed class UserIncoming(UserGit git, IOptions<UsersOptions> options, DataDirectory data)
{
    private readonly Lazy<string?> _signingKey = new(() => options.Value.SigningKey is { Length: > 0 } key ? UserRemote.SecretFile(data, "signing", key) : null);

    /// <summary>Where the key lies that our own commits are signed with; null: they are not.</summary>
    public string? SigningKeyPath => _signingKey.Value;

    /// <summary>For what comes from elsewhere: the signatures of <paramref name="theirs"/>, and the content of <paramref name="target"/>, which has ours on top.</summary>
    public async Task<IncomingVerdict> JudgeAsync(UserSnapshot now, string? since, string theirs, string target, CancellationToken cancellationToken) =>
        await SignatureFaultsAsync(since, theirs, cancellationToken) is { Count: > 0 } faults
            ? new IncomingVerdict.Refused(faults, new ChangeSet([], [], [], []) { Files = new Dictionary<string, byte[]>() })
            : await ReadAsync(now, target, options.Value.ProtectedRoles.AsReadOnly(), cancellationToken);

    /// <summary>The difference between what is in force and a commit, read and checked.</summary>
    public async Task<IncomingVerdict> ReadAsync(UserSnapshot from, string to, IReadOnlyCollection<string> protectedRoles, CancellationToken cancellationToken)
    {
        IReadOnlyList<TreeEntry> entries = await git.DiffAsync(from.Commit, to, cancellationToken);
        var files = new List<(TreeEntry, byte[]?)>(entries.Count);
        TreeEntry[] present = [.. entries.Where(e => e.Blob is not null && e.Mode is "100644" or "100755")];
        int next = 0;
        await foreach (byte[]? file in git.ReadAsync([.. present.Select(e => e.Blob!)], UserFile.MaxLength, cancellationToken))
        {
            files.Add((present[next++], file));
        }

        files.AddRange(entries.Where(e => e.Blob is null || e.Mode is not ("100644" or "100755")).Select(e => (e, (byte[]?)null)));
        CommitFacts facts = await git.FactsAsync(to, cancellationToken);
        return IncomingPolicy.Check(from, files, protectedRoles, facts.At);
    }

    private async Task<IReadOnlyList<string>> SignatureFaultsAsync(string? since, string to, CancellationToken cancellationToken)
    {
        if (!options.Value.RequireSignedCommits)
        {
            return [];
        }

        string signers = UserRemote.SecretFile(data, "allowed_signers", options.Value.AllowedSigners ?? "");
        List<string> faults = [];
        foreach (string commit in await git.BetweenAsync(since, to, cancellationToken))
        {
            if (!await git.VerifyAsync(commit, signers, cancellationToken))
            {
                faults.Add($"commit {commit[..12]} has no signature of an allowed signer");
            }
        }

        return faults;
    }
}
