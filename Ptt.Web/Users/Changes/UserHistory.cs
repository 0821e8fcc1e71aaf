using Ptt.Mail;
using Ptt.Web.Http;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;
using Ptt.Web.Users.InForce;

namespace Ptt.Web.Users.Changes;

/// <summary>What git remembers of a user, and the way back to it.</summary>
public sealed class UserHistory
{
    private readonly UserGit _git;
    private readonly UserDirectory _directory;
    private readonly UserService _users;

    internal UserHistory(UserGit git, UserDirectory directory, UserService users) => (_git, _directory, _users) = (git, directory, users);

    /// <summary>The commits that touched the user, newest first, each with what it did.</summary>
    public async ValueTask<IReadOnlyList<UserHistoryEntry>> ReadAsync(Mailbox address, int atMost, CancellationToken cancellationToken)
    {
        if (_directory.Now.Commit is not { } tip || !Addresses.TryCanonical(address, out Mailbox? canonical))
        {
            return [];
        }

        var entries = new List<UserHistoryEntry>();
        foreach (CommitFacts commit in await _git.HistoryAsync(tip, Addresses.FileOf(canonical), atMost, cancellationToken))
        {
            entries.Add(new UserHistoryEntry(commit, UserChanges.WithoutVerifiers(await _git.PatchAsync(commit.Id, Addresses.FileOf(canonical), cancellationToken))));
        }

        return entries;
    }

    /// <summary>Makes the user what a commit made of it. The password and app passwords stay those of now: an old secret does not come back.</summary>
    public async ValueTask<Change<StoredUser>> RevertAsync(Mailbox address, string commit, string actor, CancellationToken cancellationToken)
    {
        List<Fault> faults = [];
        if (!Addresses.TryCanonical(address, out Mailbox? canonical) || commit.Length != 40 || !commit.All(char.IsAsciiHexDigitLower)
            || await _git.ReadFileAsync(commit, Addresses.FileOf(canonical), cancellationToken) is not { } file || UserFile.Parse(file, faults) is not { } old)
        {
            return new Change<StoredUser>.Missing();
        }

        return await _users.UpdateAsync(address, Precondition.Any, actor, "user.revert",
            user => (old with { Address = user.Address, Verifier = user.Verifier, AppPasswords = user.AppPasswords }, []), cancellationToken);
    }
}

/// <summary><paramref name="Diff"/> is unified, with verifiers left out.</summary>
public sealed record UserHistoryEntry(CommitFacts Commit, string Diff);
