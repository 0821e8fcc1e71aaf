using Ptt.Mail;
using Ptt.Smtp.Sasl;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Sync;

namespace Ptt.Web.Users.Changes;

/// <summary>Makes the first user: for the sandbox and for the first run. No rule for passwords holds here.</summary>
public sealed class UserBootstrap
{
    private readonly UserStore _store;
    private readonly IAuditLog _audit;

    internal UserBootstrap(UserStore store, IAuditLog audit) => (_store, _audit) = (store, audit);

    /// <summary>Makes the domain and the user where they are missing; what is there stays. True when the user was made.</summary>
    public async Task<bool> EnsureAsync(string address, string password, IReadOnlyList<string> roles, CancellationToken cancellationToken)
    {
        if (!Addresses.TryCanonical(address, out Mailbox? mailbox))
        {
            throw new FormatException($"'{address}' is not a mail address.");
        }

        string? verifier = null;
        bool made = false;
        await _store.WriteAsync("ptt", now =>
        {
            made = now.Find(mailbox) is null;
            bool domain = now.Domains.ContainsKey(mailbox.Domain);
            verifier = made ? verifier ?? ScramVerifier.Create(password).ToString() : null;
            return domain && !made ? null : new WritePlan($"Create user {mailbox}")
            {
                Domains = domain ? [] : [new OwnDomain { Domain = mailbox.Domain }],
                Users = made ? [new User { Address = mailbox, Roles = roles, Verifier = verifier }] : [],
            };
        }, cancellationToken);
        if (made)
        {
            await _audit.RecordAsync("ptt", "user.create", mailbox.ToString(), "first run", CancellationToken.None);
        }

        return made;
    }
}
