using Ptt.Mail;

namespace Ptt.Web.Access;

/// <summary>What sign-in needs to know of people. Asked at every request, so it answers from memory; kept by <c>Users/</c>.</summary>
public interface IPeople
{
    /// <summary>The roles of a user; null when there is no such user or they are disabled.</summary>
    IReadOnlyList<string>? RolesOf(Mailbox address);

    /// <summary>After any change of people; handlers return at once.</summary>
    event Action? Changed;

    /// <summary>A digest that is another one when the password was changed, and tells nothing of it; null as for <see cref="RolesOf"/>.</summary>
    string? CredentialOf(Mailbox address);

    /// <summary>Whether that digest belongs to the password of now: its verifier may have been made anew since, which changes no password.</summary>
    bool IsCredentialOf(Mailbox address, string credential);

    /// <summary>Whether anyone enabled is an administrator; while nobody is, the console prints a one-time link.</summary>
    bool AnyAdministrator { get; }
}
