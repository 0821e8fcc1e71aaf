using Ptt.Smtp.Pipeline;

namespace Ptt.Web.Roles;

/// <summary>Which of the three machines this process is, and where the next one stands.</summary>
public sealed class RoleOptions
{
    public const string Section = "Ptt";

    /// <summary>Submission, Signer, Relay; all three when empty.</summary>
    public List<Role> Roles { get; set; } = [];

    public LinkOptions Submission { get; set; } = new();

    public SignerOptions Signer { get; set; } = new();

    public bool Plays(Role role) => Roles.Count == 0 || Roles.Contains(role);

    /// <summary>Where mail goes after <paramref name="role"/> when the role that comes next is not in this process.</summary>
    public string NextHopOf(Role role) => role switch
    {
        Role.Submission => Submission.NextHop,
        Role.Signer => Signer.NextHop,
        _ => "",
    };
}

/// <summary>The link from one role to the next.</summary>
public class LinkOptions
{
    /// <summary><c>host:port</c> of the machine that plays the next role, when this process does not.</summary>
    public string NextHop { get; set; } = "";
}

/// <summary>What the signer must be told when it stands alone.</summary>
public sealed class SignerOptions : LinkOptions
{
    /// <summary>The domains that are signed for, on a signer without the submission server; elsewhere the users' repository says which are ours.</summary>
    public List<string> Domains { get; set; } = [];
}
