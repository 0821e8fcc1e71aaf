using System.ComponentModel.DataAnnotations;

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

    /// <summary>How long one call of git may take.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan GitTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>PBKDF2 rounds of new verifiers; older ones are raised at the next login (RFC 7677 §4: at least 4096).</summary>
    [Range(4096, 10_000_000)]
    public int Iterations { get; set; } = 100_000;

    /// <summary>The fewest characters of a password that a person chooses.</summary>
    [Range(1, 128)]
    public int MinPasswordLength { get; set; } = 8;

    /// <summary>Roles that a commit from elsewhere may not grant, and whose holders' credentials it may not change.</summary>
    public IList<string> ProtectedRoles { get; } = [];
}
