using Microsoft.Extensions.Options;
using Ptt.Web.Configuration;

namespace Ptt.Web.Users.Git;

/// <summary>Who may sign what comes from elsewhere, by SSH or OpenPGP as git itself verifies it, and the key that signs our own commits.</summary>
internal sealed class CommitSignatures(UserGit git, IOptions<UsersOptions> options, DataDirectory data)
{
    // Clocks differ, but not by this much.
    private static readonly TimeSpan Skew = TimeSpan.FromDays(1);

    private readonly Lazy<string?> _signingKey = new(() => options.Value.SigningKey is { Length: > 0 } key ? UserRemote.SecretFile(data, "signing", key) : null);
    private readonly Lazy<Task<SignersOnDisk>> _signers = new(() => PrepareAsync(options.Value, data));

    /// <summary>Where the key lies that our own commits are signed with; null: they are not.</summary>
    public string? SigningKeyPath => _signingKey.Value;

    /// <summary>The commits from <paramref name="since"/> to <paramref name="to"/> that nobody allowed has signed, as reasons; none where signatures are not required.</summary>
    public async Task<IReadOnlyList<string>> FaultsAsync(string? since, string to, CancellationToken cancellationToken)
    {
        if (!options.Value.RequireSignedCommits)
        {
            return [];
        }

        SignersOnDisk signers = await _signers.Value;
        IReadOnlyList<string> commits = await git.BetweenAsync(since, to, cancellationToken);
        if (commits.Count == 0)
        {
            return [];
        }

        List<string> faults = await DatedBackAsync(since is null ? commits : [since, .. commits], cancellationToken);
        if (commits.Count < 1000 && await VerifyAsync(commits))
        {
            return faults;
        }

        foreach ((string commit, char letter, string said) in await git.SignaturesAsync(commits, signers, cancellationToken))
        {
            if (!await VerifyAsync([commit]))
            {
                faults.Add($"commit {commit[..12]} {(letter == 'B' && await IsRevokedAsync(commit) ? InWords('R', said) : InWords(letter, said))}");
            }
        }

        return faults;

        async Task<bool> VerifyAsync(IEnumerable<string> some) => await git.VerifyAsync(some, signers, cancellationToken);

        // Of a revoked SSH key git says the same as of a signature that does not fit; without the list of them it says another.
        async Task<bool> IsRevokedAsync(string commit) =>
            signers.RevokedSigners is not null && (await git.SignaturesAsync([commit], signers with { RevokedSigners = null }, cancellationToken))[0].Letter != 'B';
    }

    // git asks whether a key was allowed on the day that the commit names: a key whose time is over could sign for a day before.
    private async Task<List<string>> DatedBackAsync(IEnumerable<string> commits, CancellationToken cancellationToken)
    {
        IReadOnlyList<(string Commit, DateTimeOffset At, string[] Parents)> dates = await git.DatesAsync(commits, cancellationToken);
        Dictionary<string, DateTimeOffset> at = dates.ToDictionary(d => d.Commit, d => d.At, StringComparer.Ordinal);
        return [.. dates.Where(d => d.Parents.Any(p => at.TryGetValue(p, out DateTimeOffset before) && d.At < before - Skew)).Select(d => $"commit {d.Commit[..12]} is dated before the one that it follows")];
    }

    private static string InWords(char letter, string said) => letter switch
    {
        'N' => "is not signed",
        'B' => "has a signature that does not fit it",
        'X' => "has a signature that has expired",
        'Y' => "is signed with a key that has expired",
        'R' => "is signed with a key that was revoked",
        'U' when said.Contains("key has expired", StringComparison.Ordinal) => "is signed with a key that was allowed only until before then (valid-before)",
        'U' when said.Contains("key is not yet valid", StringComparison.Ordinal) => "is signed with a key that is allowed only from a later time on (valid-after)",
        _ => "has no signature of an allowed signer",
    };

    // A key ring of our own, made anew at each start: a key that is not allowed any more is gone from it, and the machine's own is never looked at.
    private static async Task<SignersOnDisk> PrepareAsync(UsersOptions options, DataDirectory data)
    {
        string home = data.Folder("git", "gnupg");
        Directory.Delete(home, recursive: true);
        Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(Path.Combine(home, "gpg.conf"), "trust-model always\nno-auto-key-retrieve\nno-autostart\n");
        if (options.AllowedGpgKeys is { Length: > 0 } keys)
        {
            string file = UserRemote.SecretFile(data, "allowed_gpg_keys", keys);
            using var gpg = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("gpg", ["--homedir", home, "--batch", "--quiet", "--import", file]) { RedirectStandardError = true })!;
            string said = await gpg.StandardError.ReadToEndAsync();
            await gpg.WaitForExitAsync();
            if (gpg.ExitCode != 0)
            {
                throw new GitException("gpg cannot read Ptt:Users:AllowedGpgKeys: " + said.Trim());
            }
        }

        string? revoked = options.RevokedSigners is { Length: > 0 } keysGone ? UserRemote.SecretFile(data, "revoked_signers", keysGone) : null;
        return new SignersOnDisk(UserRemote.SecretFile(data, "allowed_signers", options.AllowedSigners ?? ""), revoked, home);
    }
}
