using System.ComponentModel.DataAnnotations;

namespace Ptt.Web.Access;

public sealed class AccessOptions
{
    public const string Section = "Ptt:Admin";

    /// <summary>An initial bearer token with every scope, for automation. At least 16 characters.</summary>
    [MinLength(16)]
    public string? ApiToken { get; set; }

    /// <summary>How long the audit log is kept; zero for ever.</summary>
    public TimeSpan AuditKeepFor { get; set; } = TimeSpan.Zero;

    /// <summary>Whoever has a role above sender gets its rights only once a second factor (an authenticator app or a passkey) is added to the account.</summary>
    public bool RequireSecondFactor { get; set; }
}
