using Ptt.Mail;
using Ptt.Web.Http;
using Ptt.Web.Users.Credentials;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;

namespace Ptt.Web.Users.Changes;

/// <summary>What a user logs in with: the password, and a generated one for each device.</summary>
public sealed class UserCredentials
{
    private readonly UserService _users;
    private readonly UserDirectory _directory;
    private readonly UserRevocation _revocation;
    private readonly AppPasswordUse _use;

    internal UserCredentials(UserService users, UserDirectory directory, UserRevocation revocation, AppPasswordUse use) =>
        (_users, _directory, _revocation, _use) = (users, directory, revocation, use);

    public DateTimeOffset? LastUse(Mailbox address, string appPassword) => _use.LastUse(address, appPassword);

    public async ValueTask<Change<StoredUser>> SetPasswordAsync(Mailbox address, string password, string actor, CancellationToken cancellationToken)
    {
        if (_users.PasswordFaults(password, "/password") is { Count: > 0 } faults)
        {
            return new Change<StoredUser>.Invalid(faults);
        }

        string verifier = await _users.MakeVerifierAsync(password, cancellationToken);
        return await _users.UpdateAsync(address, Precondition.Any, actor, "user.password", user => (user with { Verifier = verifier }, []), cancellationToken);
    }

    public async ValueTask<Change<MadeAppPassword>> AddAppPasswordAsync(Mailbox address, NewAppPassword wanted, string actor, CancellationToken cancellationToken)
    {
        (string id, string text) = AppPasswordText.Create();
        string verifier = await _users.MakeVerifierAsync(text, cancellationToken);
        var made = new AppPassword(id, wanted.Name, verifier, wanted.Expires, wanted.Networks ?? []);
        Change<StoredUser> change = await _users.UpdateAsync(address, Precondition.Any, actor, "user.app-password.create", user =>
            user.AppPasswords.Count >= UserReader.MaxAppPasswords
                ? (user, [new Fault("", $"A user has at most {UserReader.MaxAppPasswords} app passwords")])
                : (user with { AppPasswords = [.. user.AppPasswords, made] }, []), cancellationToken);
        return change switch
        {
            Change<StoredUser>.Done done => new Change<MadeAppPassword>.Done(new MadeAppPassword(done.Value, made, text)),
            Change<StoredUser>.Invalid invalid => new Change<MadeAppPassword>.Invalid(invalid.Faults),
            _ => new Change<MadeAppPassword>.Missing(),
        };
    }

    public ValueTask<Change<StoredUser>> RevokeAppPasswordAsync(Mailbox address, string id, string actor, CancellationToken cancellationToken) =>
        _directory.Find(address)?.User is { } user && user.AppPasswords.Any(a => a.Id == id)
            ? _revocation.RunAsync(user.Address, id, deletes: false, holdsMail: false, actor, () => _users.UpdateAsync(address, Precondition.Any, actor, "user.app-password.revoke",
                u => (u with { AppPasswords = [.. u.AppPasswords.Where(a => a.Id != id)] }, []), cancellationToken))
            : ValueTask.FromResult<Change<StoredUser>>(new Change<StoredUser>.Missing());
}
