using Microsoft.Extensions.Options;
using Ptt.Web.Configuration;

namespace Ptt.Web.Users.Git;

/// <summary>Who may sign what comes from elsewhere, by SSH or OpenPGP as git itself verifies it, and the key that signs our own commits.</summary>
internal sealed class CommitSignatures(UserGit git, IOptions<UsersOptions> options, DataDirectory data)
{
    private readonly Lazy<string?> _signingKey = new(() => options.Value.SigningKey is { Length: > 0 } key ? UserRemote.SecretFile(data, "signing", key) : null);
    private readonly Lazy<Task<Signers>> _signers = new(() => PrepareAsync(options.Value, data));

    /// <summary>Where the key lies that our own commits are signed with; null: they are not.</summary>
    public string? SigningKeyPath => _signingKey.Value;

    /// <summary>The commits from <paramref name="since"/> to <paramref name="to"/> that nobody allowed has signed, as reasons; none where signatures are not required.</summary>
    public async Task<IReadOnlyList<string>> FaultsAsync(string? since, string to, CancellationToken cancellationToken)
    {
        if (!options.Value.RequireSignedCommits)
        {
            return [];
        }

        Signers signers = await _signers.Value;
        IReadOnlyList<string> commits = await git.BetweenAsync(since, to, cancellationToken);
        if (commits.Count == 0 || (commits.Count < 1000 && await VerifyAsync(commits)))
        {
            return [];
        }

        List<string> faults = [];
        foreach ((string commit, char letter) in await git.SignaturesAsync(commits, signers.AllowedSigners, signers.GnuPgHome, cancellationToken))
        {
            if (!await VerifyAsync([commit]))
            {
                faults.Add($"commit {commit[..12]} {InWords(letter)}");
            }
        }

        return faults;

        async Task<bool> VerifyAsync(IEnumerable<string> some) => await git.VerifyAsync(some, signers.AllowedSigners, signers.GnuPgHome, cancellationToken);
    }

    private static string InWords(char letter) => letter switch
    {
        'N' => "is not signed",
        'B' => "has a signature that does not fit it",
        'X' => "has a signature that has expired",
        'Y' => "is signed with a key that has expired",
        'R' => "is signed with a key that was revoked",
        _ => "has no signature of an allowed signer",
    };

    // A key ring of our own, made anew at each start: a key that is not allowed any more is gone from it, and the machine's own is never looked at.
    private static async Task<Signers> PrepareAsync(UsersOptions options, DataDirectory data)
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

        return new Signers(UserRemote.SecretFile(data, "allowed_signers", options.AllowedSigners ?? ""), home);
    }

    private sealed record Signers(string AllowedSigners, string GnuPgHome);
}
