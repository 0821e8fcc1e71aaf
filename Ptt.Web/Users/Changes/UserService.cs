using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Smtp.Sasl;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;
using Ptt.Web.Users.Sync;

namespace Ptt.Web.Users.Changes;

/// <summary>
/// Everything that is done to users, by whatever door: pages, REST, SCIM, imports. Checks, makes verifiers of passwords, has
/// <see cref="UserStore"/> write it, and writes the audit log.
/// </summary>
public sealed class UserService
{
    private readonly UserStore _store;
    private readonly UserSearch _search;
    private readonly UserDirectory _directory;
    private readonly UserRevocation _revocation;
    private readonly IAuditLog _audit;
    private readonly IOptionsMonitor<UsersOptions> _options;

    internal UserService(
        UserStore store, UserSearch search, UserDirectory directory, UserRevocation revocation, IAuditLog audit, IOptionsMonitor<UsersOptions> options)
    {
        (_store, _search, _directory, _revocation, _audit, _options) = (store, search, directory, revocation, audit, options);
    }

    /// <summary>How we stand to the repository.</summary>
    public SyncState Sync => _store.State;

    public StoredUser? Find(Mailbox address) => _directory.Find(address);

    /// <summary>An unreadable cursor gives the first page.</summary>
    public async ValueTask<UserPage> ListAsync(UserQuery query, CancellationToken cancellationToken)
    {
        string[]? after = Cursor.TryDecode(query.Cursor, 2, out string[]? key) ? key : null;
        FoundUsers found = await _search.ListAsync(query, after, cancellationToken);
        UserSnapshot now = _directory.Now;
        return new UserPage([.. found.Addresses.Select(now.Users.GetValueOrDefault).OfType<StoredUser>()], found.Next, found.Total);
    }

    public async ValueTask<Change<StoredUser>> CreateAsync(NewUser user, string actor, CancellationToken cancellationToken) =>
        await CreateManyAsync([user], actor, cancellationToken) switch
        {
            Change<IReadOnlyList<StoredUser>>.Done done => new Change<StoredUser>.Done(done.Value[0]),
            Change<IReadOnlyList<StoredUser>>.Exists => new Change<StoredUser>.Exists(),
            Change<IReadOnlyList<StoredUser>>.Invalid invalid => new Change<StoredUser>.Invalid([.. invalid.Faults.Select(f => f with { Pointer = f.Pointer["/users/0".Length..] })]),
            _ => throw new InvalidOperationException(),
        };

    /// <summary>All of them in one commit, or none. Pointers of faults begin with <c>/users/N</c>.</summary>
    public async ValueTask<Change<IReadOnlyList<StoredUser>>> CreateManyAsync(IReadOnlyList<NewUser> wanted, string actor, CancellationToken cancellationToken)
    {
        List<Fault> faults = [.. wanted.Index().SelectMany(w => PasswordFaults(w.Item.Password, $"/users/{w.Index}/password"))];
        if (faults.Count > 0)
        {
            return new Change<IReadOnlyList<StoredUser>>.Invalid(faults);
        }

        User[] users = await MakeVerifiersAsync(wanted, cancellationToken);
        bool exists = false;
        await _store.WriteAsync(actor, now =>
        {
            faults = [];
            exists = false;
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach ((int i, User user) in users.Index())
            {
                string address = user.Address.ToString();
                if (!now.Domains.ContainsKey(user.Address.Domain))
                {
                    faults.Add(new($"/users/{i}/address", $"{user.Address.Domain} is no domain of ours; create it first"));
                }
                else if (!seen.Add(address) || now.Users.ContainsKey(address))
                {
                    exists = true;
                    faults.Add(new($"/users/{i}/address", $"{address} exists already"));
                }
            }

            return faults.Count > 0 ? null : new WritePlan(users.Length == 1 ? $"Create user {users[0].Address}" : $"Create {users.Length} users") { Users = users };
        }, cancellationToken);
        if (faults.Count > 0)
        {
            return exists && users.Length == 1 ? new Change<IReadOnlyList<StoredUser>>.Exists() : new Change<IReadOnlyList<StoredUser>>.Invalid(faults);
        }

        foreach (User user in users)
        {
            await _revocation.AllowAsync(user.Address);   // made anew after it was deleted
        }

        string subject = users.Length == 1 ? users[0].Address.ToString() : $"{users.Length} users";
        await _audit.RecordAsync(actor, "user.create", subject, users.Length == 1 ? null : string.Join(' ', users.Select(u => u.Address)), CancellationToken.None);
        UserSnapshot after = _directory.Now;
        return new Change<IReadOnlyList<StoredUser>>.Done([.. users.Select(u => after.Users.GetValueOrDefault(u.Address.ToString())).OfType<StoredUser>()]);
    }

    /// <summary>Puts <paramref name="wanted"/> in its place. Its app passwords stay, and its password where none is given.</summary>
    public async ValueTask<Change<StoredUser>> ReplaceAsync(Mailbox address, NewUser wanted, Precondition when, string actor, CancellationToken cancellationToken)
    {
        List<Fault> faults = PasswordFaults(wanted.Password, "/password");
        User given = faults.Count > 0 ? wanted.User : (await MakeVerifiersAsync([wanted], cancellationToken))[0];
        return await UpdateFirmlyAsync(address, when, !given.Enabled, actor, "user.replace", user =>
        {
            List<Fault> wrong = given.Address == user.Address ? [] : [new("/address", $"is not {user.Address}; an address does not change")];
            return (given with { Verifier = given.Verifier ?? user.Verifier, AppPasswords = user.AppPasswords, Scim = given.Scim ?? user.Scim, Others = user.Others }, [.. faults, .. wrong]);
        }, cancellationToken);
    }

    /// <summary>RFC 7396 on what the API shows of a user, with <c>password</c> and <c>verifier</c> besides.</summary>
    public async ValueTask<Change<StoredUser>> PatchAsync(Mailbox address, JsonObject patch, Precondition when, string actor, CancellationToken cancellationToken)
    {
        string? password = null;
        List<Fault> faults = [];
        if (patch.TryGetPropertyValue("password", out JsonNode? node) && node is not null)
        {
            bool isText = node is JsonValue value && value.TryGetValue(out password);
            faults = isText ? PasswordFaults(password, "/password") : [new("/password", "must be a string")];
        }

        string? verifier = password is not null && faults.Count == 0 ? await MakeVerifierAsync(password, cancellationToken) : null;
        bool keepsVerifier = !patch.ContainsKey("verifier") && !(patch.ContainsKey("password") && node is null);
        bool disables = patch.TryGetPropertyValue("enabled", out JsonNode? enabled) && enabled is JsonValue flag && flag.TryGetValue(out bool on) && !on;
        return await UpdateFirmlyAsync(address, when, disables, actor, "user.patch", user =>
        {
            List<Fault> wrong = [.. faults];
            User? patched = UserPatch.Apply(user, patch, wrong);
            if (patched is not null && patched.Address != user.Address)
            {
                wrong.Add(new("/address", "does not change"));
            }

            return (patched is null ? user : patched with { Verifier = verifier ?? (keepsVerifier ? user.Verifier : patched.Verifier) }, wrong);
        }, cancellationToken);
    }

    /// <summary>A disabled user is out before this returns. <paramref name="withMail"/>: what waits in the queue is held, and released again.</summary>
    public async ValueTask<Change<StoredUser>> SetEnabledAsync(Mailbox address, bool enabled, string actor, CancellationToken cancellationToken, bool withMail = false)
    {
        if (_directory.Find(address) is not { } there)
        {
            return new Change<StoredUser>.Missing();
        }

        ValueTask<Change<StoredUser>> WriteAsync() => UpdateAsync(
            address, Precondition.Any, actor, enabled ? "user.enable" : "user.disable", user => (user with { Enabled = enabled }, []), cancellationToken);
        Change<StoredUser> change = enabled ? await WriteAsync() : await _revocation.RunAsync(there.User.Address, null, deletes: false, withMail, actor, WriteAsync);
        if (change is Change<StoredUser>.Done && enabled)
        {
            await _revocation.AllowAsync(there.User.Address);
        }

        if (withMail && enabled)
        {
            await _revocation.ReleaseMailAsync(there.User.Address, CancellationToken.None);
        }

        return change;
    }

    public async ValueTask<Change<StoredUser>> DeleteAsync(
        Mailbox address, Precondition when, string actor, CancellationToken cancellationToken, bool withMail = false)
    {
        // A wish that is out of date must not shut anyone out, not for a moment.
        if (_directory.Find(address) is not { } there || !when.Allows(there.Version))
        {
            return _directory.Find(address) is { } newer ? new Change<StoredUser>.Stale(newer) : new Change<StoredUser>.Missing();
        }

        return await _revocation.RunAsync(there.User.Address, null, deletes: true, withMail, actor, () => RemoveAsync(address, when, actor, cancellationToken));
    }

    private async ValueTask<Change<StoredUser>> RemoveAsync(Mailbox address, Precondition when, string actor, CancellationToken cancellationToken)
    {
        Change<StoredUser> result = new Change<StoredUser>.Missing();
        await _store.WriteAsync(actor, now =>
        {
            StoredUser? there = now.Find(address);
            result = there is null ? new Change<StoredUser>.Missing() : when.Allows(there.Version) ? new Change<StoredUser>.Done(there) : new Change<StoredUser>.Stale(there);
            return result is Change<StoredUser>.Done ? new WritePlan($"Delete user {there!.User.Address}") { GoneUsers = [there.User.Address] } : null;
        }, cancellationToken);
        if (result is Change<StoredUser>.Done)
        {
            await _audit.RecordAsync(actor, "user.delete", address.ToString(), cancellationToken: CancellationToken.None);
        }

        return result;
    }

    /// <summary>As <see cref="UpdateAsync"/>; a change that disables goes by the deny list first.</summary>
    internal ValueTask<Change<StoredUser>> UpdateFirmlyAsync(
        Mailbox address, Precondition when, bool disables, string actor, string action, Func<User, (User User, IReadOnlyList<Fault> Faults)> edit, CancellationToken cancellationToken)
    {
        ValueTask<Change<StoredUser>> WriteAsync() => UpdateAsync(address, when, actor, action, edit, cancellationToken);
        return disables && _directory.Find(address) is { User.Enabled: true } there && when.Allows(there.Version)
            ? _revocation.RunAsync(there.User.Address, null, deletes: false, holdsMail: false, actor, WriteAsync) : WriteAsync();
    }

    /// <summary>Any change of one user; <paramref name="edit"/> sees what is there and gives what shall be, or the faults of it. A new address moves the file.</summary>
    internal async ValueTask<Change<StoredUser>> UpdateAsync(
        Mailbox address, Precondition when, string actor, string action, Func<User, (User User, IReadOnlyList<Fault> Faults)> edit, CancellationToken cancellationToken)
    {
        Change<StoredUser> result = new Change<StoredUser>.Missing();
        (User Before, User After)? edited = null;
        await _store.WriteAsync(actor, now =>
        {
            (StoredUser? there, edited) = (now.Find(address), null);
            if (there is null || !when.Allows(there.Version))
            {
                result = there is null ? new Change<StoredUser>.Missing() : new Change<StoredUser>.Stale(there);
                return null;
            }

            (User after, IReadOnlyList<Fault> faults) = edit(there.User);
            bool moves = after.Address != there.User.Address;
            if (faults.Count > 0 || (moves && now.Find(after.Address) is not null))
            {
                result = faults.Count > 0 ? new Change<StoredUser>.Invalid(faults) : new Change<StoredUser>.Exists();
                return null;
            }

            edited = (there.User, after);
            return new WritePlan($"{UserChanges.Title(action)} {after.Address}") { Users = [after], GoneUsers = moves ? [there.User.Address] : [] };
        }, cancellationToken);
        if (edited is not var (before, changed))
        {
            return result;
        }

        await _audit.RecordAsync(actor, action, changed.Address.ToString(), UserChanges.Describe(before, changed), CancellationToken.None);
        return _directory.Find(changed.Address) is { } stored ? new Change<StoredUser>.Done(stored) : new Change<StoredUser>.Missing();
    }

    internal List<Fault> PasswordFaults(string? password, string pointer)
    {
        int least = _options.CurrentValue.MinPasswordLength;
        return password is null || (password.EnumerateRunes().Count() >= least && password.Length <= 1024 && !password.Any(char.IsControl) && !HasLoneSurrogate(password)) ? []
            : [new(pointer, $"must be {least} to 1024 characters, none of them a control character")];
    }

    private async Task<User[]> MakeVerifiersAsync(IReadOnlyList<NewUser> wanted, CancellationToken cancellationToken)
    {
        var users = new User[wanted.Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, wanted.Count), cancellationToken, async (i, stop) =>
            users[i] = wanted[i].Password is { } password ? wanted[i].User with { Verifier = await MakeVerifierAsync(password, stop) } : wanted[i].User);
        return users;
    }

    internal Task<string> MakeVerifierAsync(string password, CancellationToken cancellationToken) =>
        Task.Run(() => ScramVerifier.Create(password, _options.CurrentValue.Iterations).ToString(), cancellationToken);

    private static bool HasLoneSurrogate(string text) => text.EnumerateRunes().Any(r => r == System.Text.Rune.ReplacementChar) && !text.Contains('\uFFFD', StringComparison.Ordinal);
}
