using Ptt.Web.Alarms;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;
using Ptt.Web.Users.InForce;

namespace Ptt.Web.Users.Sync;

/// <summary>
/// The step from one commit in force to the next, the same for every way that leads there: the refs in one transaction, then
/// memory, then the cache. A crash between them is made up for at the next start, because <see cref="Applied"/> says what holds.
/// </summary>
internal sealed partial class UsersInForce(
    UserGit git, UserIncoming incoming, UserCache cache, UserDirectory directory, WriteSteps steps, IAlarms alarms, ILogger<UsersInForce> logger)
{
    public const string Applied = "refs/ptt/applied";

    public UserSnapshot Now => directory.Now;

    /// <summary>What is in force according to git; the cache where it shows that, else the cache is brought there or drawn again.</summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        string? applied = await git.ResolveAsync(Applied, cancellationToken);
        if (applied is null)
        {
            return;
        }

        UserSnapshot? cached = await cache.LoadAsync(cancellationToken);
        if (cached?.Commit == applied)
        {
            directory.Set(cached);
            return;
        }

        bool known = cached?.Commit is { } shown && await git.ResolveAsync(shown, cancellationToken) is not null;
        UserSnapshot from = known ? cached! : UserSnapshot.Empty;
        IncomingVerdict verdict = await incoming.ReadAsync(from, applied, [], cancellationToken);
        if (verdict is IncomingVerdict.Refused refused)
        {
            // It was in force before: those that are still right stay so.
            alarms.Raise("users.unreadable", AlarmSeverity.Critical, $"Files in force cannot be read: {string.Join("; ", refused.Reasons)}", "/users");
        }

        ChangeSet changes = verdict switch { IncomingVerdict.Accepted good => good.Changes, IncomingVerdict.Refused some => some.Good, _ => throw new InvalidOperationException() };
        directory.Set(from.With(changes, applied));
        await (known ? cache.ApplyAsync(changes, applied, cancellationToken) : cache.RebuildAsync(changes, applied, cancellationToken));
    }

    /// <summary>False when a ref was not where it should have been: then nothing has happened. Past the refs there is no way back.</summary>
    public async Task<bool> AdvanceAsync(ChangeSet changes, string commit, IEnumerable<RefMove> moves)
    {
        UserSnapshot before = directory.Now;
        if (!await git.MoveAllAsync([.. moves, new RefMove(Applied, commit, before.Commit)], CancellationToken.None))
        {
            return false;
        }

        steps.Reach("refs");
        directory.Set(before.With(changes, commit));
        await (before.Commit is null ? cache.RebuildAsync(changes, commit, CancellationToken.None) : cache.ApplyAsync(changes, commit, CancellationToken.None));
        steps.Reach("cache");
        InForce(commit, changes.Users.Count, changes.GoneUsers.Count);
        return true;
    }

    [LoggerMessage(3311, LogLevel.Information, "Commit {Commit} is in force: {Changed} users changed, {Gone} gone")]
    private partial void InForce(string commit, int changed, int gone);
}
