using System.Security.Cryptography;
using System.Text;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;

namespace Ptt.Web.Users.Credentials;

/// <summary>The users in force, as sign-in sees them.</summary>
internal sealed class UserPeople(UserDirectory directory, CredentialUpgrades upgrades) : IPeople
{
    public event Action? Changed
    {
        add => directory.UsersChanged += value;
        remove => directory.UsersChanged -= value;
    }

    public bool AnyAdministrator => directory.Now.Administrators > 0;

    public IReadOnlyList<string>? RolesOf(Mailbox address) => directory.FindActive(address)?.User.Roles;

    public string? CredentialOf(Mailbox address) => directory.FindActive(address) is { } stored ? Digest(stored.User.Verifier) : null;

    public bool IsCredentialOf(Mailbox address, string credential) =>
        directory.FindActive(address) is { User.Verifier: var verifier }
        && (Digest(verifier) == credential || (verifier is not null && upgrades.PredecessorOf(verifier) is { } before && Digest(before) == credential));

    private static string Digest(string? verifier) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("ptt credential " + verifier)).AsSpan(0, 16));
}
