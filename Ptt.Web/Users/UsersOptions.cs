using System.ComponentModel.DataAnnotations;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users;

public sealed class UsersOptions
{
    public const string Section = "Ptt:Users";

    /// <summary>A path to a bare repository, or the URL of a remote one that is mirrored in the data directory. Empty: users.git in the data directory.</summary>
    public string Repository { get; set; } = "";

    /// <summary>The branch that holds the truth.</summary>
    [Required]
    [RegularExpression("[A-Za-z0-9][A-Za-z0-9._/-]*", ErrorMessage = "must be the name of a branch")]
    public string Branch { get; set; } = "main";

    /// <summary>How often we look whether someone else changed the repository.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For an https remote.</summary>
    public string? UserName { get; set; }

    /// <summary>For an https remote: a password or an access token.</summary>
    public string? Password { get; set; }

    /// <summary>For an ssh remote: the private key, in OpenSSH's form. Its file twin is a path to it.</summary>
    public string? SshKey { get; set; }

    /// <summary>For an ssh remote: lines of known_hosts. Without them no ssh remote is trusted.</summary>
    public string? KnownHosts { get; set; }

    /// <summary>What Gitea, GitHub or GitLab sign their call of <c>/api/v1/git/hook</c> with; without it the hook is closed.</summary>
    [MinLength(16)]
    public string? WebhookSecret { get; set; }

    /// <summary>For an https remote: the certificate authorities to trust, in PEM, instead of the machine's.</summary>
    public string? CertificateAuthorities { get; set; }

    /// <summary>Every commit from elsewhere must carry a signature by one of <see cref="AllowedSigners"/> or <see cref="AllowedGpgKeys"/>.</summary>
    public bool RequireSignedCommits { get; set; }

    /// <summary>Lines of git's allowed_signers: principal, options such as <c>valid-before="20270101"</c>, key type, key.</summary>
    public string? AllowedSigners { get; set; }

    /// <summary>SSH public keys, one a line, whose signatures on commits count no more, whatever <see cref="AllowedSigners"/> says; an authority's that signed others, too.</summary>
    public string? RevokedSigners { get; set; }

    /// <summary>OpenPGP public keys, ASCII-armoured, whose signatures on commits count as well.</summary>
    public string? AllowedGpgKeys { get; set; }

    /// <summary>The private SSH key that our own commits are signed with.</summary>
    public string? SigningKey { get; set; }

    /// <summary>How long one call of git may take.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan GitTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>PBKDF2 rounds of new verifiers; older ones are raised at the next login (RFC 7677 §4: at least 4096).</summary>
    [Range(4096, 10_000_000)]
    public int Iterations { get; set; } = 100_000;

    /// <summary>The fewest characters of a password that a person chooses.</summary>
    [Range(1, 128)]
    public int MinPasswordLength { get; set; } = 8;

    /// <summary>For users whose own file and whose domain say nothing.</summary>
    public DefaultLimitsOptions DefaultLimits { get; } = new();

    /// <summary>Mail of a login that suddenly writes to many strangers, or to many who do not exist, is held in the queue for an administrator.</summary>
    public bool HoldUnusual { get; set; } = true;

    /// <summary>How many times the usual number of new recipients a day is unusual.</summary>
    [Range(1.5, 1000)]
    public double UnusualFactor { get; set; } = 10;

    /// <summary>Fewer new recipients a day than this are never unusual.</summary>
    [Range(1, 1_000_000)]
    public int UnusualAtLeast { get; set; } = 100;

    /// <summary>Which share of a day's recipients that do not exist (refused with 5.1.1 and the like) is unusual; it must be three times what is usual for the login, too.</summary>
    [Range(0.01, 1)]
    public double UnusualUnknownShare { get; set; } = 0.3;

    /// <summary>Fewer recipients a day that do not exist than this are never unusual.</summary>
    [Range(1, 1_000_000)]
    public int UnusualUnknownAtLeast { get; set; } = 20;

    /// <summary>What a DELETE by SCIM does: Disable (the user can come back), or Delete.</summary>
    public ScimDelete ScimDelete { get; set; } = ScimDelete.Disable;

    /// <summary>Roles that a commit from elsewhere may not grant, and whose holders' credentials it may not change.</summary>
    public IList<string> ProtectedRoles { get; } = [];
}

public sealed class DefaultLimitsOptions
{
    /// <summary>Recipients that one user may write to in an hour, where the user's own file says nothing; empty for no limit.</summary>
    [Range(0, int.MaxValue)]
    public int? RecipientsPerHour { get; set; }

    /// <summary>The same in a day.</summary>
    [Range(0, int.MaxValue)]
    public int? RecipientsPerDay { get; set; }

    /// <summary>Recipients a day that the user has not written to in the last 90 days.</summary>
    [Range(0, int.MaxValue)]
    public int? NewRecipientsPerDay { get; set; }

    /// <summary>Octets of one message.</summary>
    [Range(0, long.MaxValue)]
    public long? MessageSize { get; set; }

    /// <summary>Sessions open at once.</summary>
    [Range(0, int.MaxValue)]
    public int? Sessions { get; set; }

    /// <summary>Over a limit: Defer (450), Refuse (550) or Hold.</summary>
    public OverLimit? OverLimit { get; set; }

    public UserLimits ToLimits() => new()
    {
        RecipientsPerHour = RecipientsPerHour, RecipientsPerDay = RecipientsPerDay, NewRecipientsPerDay = NewRecipientsPerDay,
        MessageSize = MessageSize, Sessions = Sessions, OverLimit = OverLimit,
    };
}

public enum ScimDelete
{
    Disable,
    Delete,
}
