using System.Net;
using Ptt.Mail;
using Ptt.Smtp.Sasl;
using Ptt.Web.Access;

namespace Ptt.Web.Shell.Sessions;

/// <summary>Stands where no room keeps users: nobody may come in but by the one-time link.</summary>
internal sealed class Nobody : IPeople, IAuthenticator
{
    public bool AnyAdministrator => false;

    public IReadOnlyList<string>? RolesOf(Mailbox address) => null;

    public ValueTask<AuthVerdict> VerifyPasswordAsync(string userName, string password, IPAddress client, CancellationToken cancellationToken) =>
        new(new AuthVerdict.Unavailable());

    public ValueTask<ScramVerifier> GetScramVerifierAsync(string userName, IPAddress client, CancellationToken cancellationToken) =>
        new(ScramVerifier.Create("", 4096));

    public ValueTask<AuthVerdict> CompleteScramAsync(string userName, bool proven, IPAddress client, CancellationToken cancellationToken) =>
        new(new AuthVerdict.Unavailable());

    public bool IsCurrent(Login login) => false;
}
