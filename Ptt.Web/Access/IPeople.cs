using Ptt.Mail;

namespace Ptt.Web.Access;

/// <summary>What sign-in needs to know of people. Asked at every request, so it answers from memory; kept by <c>Users/</c>.</summary>
public interface IPeople
{
    /// <summary>The roles of a user; null when there is no such user or they are disabled.</summary>
    IReadOnlyList<string>? RolesOf(Mailbox address);

    /// <summary>Whether anyone enabled is an administrator; while nobody is, the console prints a one-time link.</summary>
    bool AnyAdministrator { get; }
}
