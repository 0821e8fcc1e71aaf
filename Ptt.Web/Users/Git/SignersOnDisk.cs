namespace Ptt.Web.Users.Git;

/// <summary>Whom git is to believe, as files that it reads; the machine's own settings and key rings are never looked at.</summary>
/// <param name="RevokedSigners">SSH keys that count no more, whatever <paramref name="AllowedSigners"/> says.</param>
internal sealed record SignersOnDisk(string AllowedSigners, string? RevokedSigners, string GnuPgHome)
{
    public IReadOnlyList<string> Configuration =>
        ["-c", "gpg.ssh.allowedSignersFile=" + AllowedSigners, .. RevokedSigners is null ? (string[])[] : ["-c", "gpg.ssh.revocationFile=" + RevokedSigners]];

    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["GNUPGHOME"] = GnuPgHome };
}
