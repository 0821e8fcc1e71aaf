using Ptt.Mail;
using Ptt.Web.Access;

namespace Ptt.Web.Shell.Sessions;

/// <summary>
/// Stands in where this process keeps no users (a signer or a relay of its own): nobody signs in here, and no one-time link is
/// printed. The API answers to its tokens all the same.
/// </summary>
internal sealed class PeopleElsewhere : IPeople
{
    public event Action? Changed
    {
        add { }
        remove { }
    }

    public IReadOnlyList<string>? RolesOf(Mailbox address) => null;

    public string? CredentialOf(Mailbox address) => null;

    public bool IsCredentialOf(Mailbox address, string credential) => false;

    public bool AnyAdministrator => true;
}
