using Microsoft.Extensions.Options;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;
using Ptt.Web.Users.InForce;

namespace Ptt.Web.Users.Sync;

/// <summary>
/// Brings together what others committed and what we did. <c>refs/ptt/base</c> is the last commit of the remote that is in force;
/// from there to the branch are commits of ours that it does not have yet. They are put on top of what comes, never merged, so
/// that history stays a line. Called under the writer's lock only.
/// </summary>
internal sealed partial class UserSync(
    UserGit git, UserRemote remote, UserIncoming incoming, OwnCommits own, UsersInForce force, SyncStatus status, WriteSteps steps, IOptions<UsersOptions> options, ILogger<UserSync> logger)
{
    private const string Base = "refs/ptt/base";
    private const string Pushing = "refs/ptt/pushing";

    public SyncState State => status.Now with { Head = force.Now.Commit };

    private string Branch => "refs/heads/" + options.Value.Branch;

    /// <summary>With a remote that we know already nothing waits for it: logins work from the cache, and the first poll is soon.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (remote.IsConfigured && force.Now.Commit is { } applied)
        {
            string? at = await git.ResolveAsync(Base, cancellationToken);
            status.Pending(at == applied ? 0 : (await git.BetweenAsync(at, applied, cancellationToken)).Count);
            return;
        }

        await TakeInAsync(cancellationToken);
    }

    /// <summary>True when something came into force.</summary>
    public Task<bool> TakeInAsync(CancellationToken cancellationToken) =>
        remote.IsConfigured ? TakeInRemoteAsync(cancellationToken) : TakeInLocalAsync(cancellationToken);

    /// <summary>Commits of ours on top of what is in force: to the remote first where there is one that answers, then into force here.</summary>
    public async Task<Published> PublishAsync(IReadOnlyList<NewCommit> commits, ChangeSet changes, bool mayRace)
    {
        string? before = force.Now.Commit;
        string tip = (await own.MakeAsync(before, commits, CancellationToken.None))[^1];
        steps.Reach("commit");
        if (!remote.IsConfigured)
        {
            return await force.AdvanceAsync(changes, tip, [new RefMove(Branch, tip, before)]) ? Published.InForce : Published.Raced;
        }

        if (!status.IsDown && status.Now.Refused is null)
        {
            await git.SetAsync(Pushing, tip, CancellationToken.None);
            steps.Reach("pushing");
            switch (await remote.PushAsync(tip, CancellationToken.None))
            {
                case Push.Pushed:
                    steps.Reach("pushed");
                    status.Contact(0);
                    status.PushTaken();
                    await AdvanceAsync(changes, tip, [new RefMove(Base, tip, RefMove.Anywhere)]);
                    return Published.InForce;
                case Push.Raced when mayRace:
                    return Published.Raced;
                case Push.Refused refused:
                    status.PushRefused(refused.Reason);
                    break;
                case Push.Unreachable unreachable:
                    status.Lost(unreachable.Reason);
                    break;
            }
        }

        status.Pending(status.Now.Pending + commits.Count);
        await AdvanceAsync(changes, tip, []);
        return Published.InForce;
    }

    /// <summary>An administrator takes what was refused, as it is; only files that cannot be read still stop it.</summary>
    public async Task<IReadOnlyList<string>?> AcceptAsync(string commit, CancellationToken cancellationToken)
    {
        if (status.Now.Refused?.Commit != commit)
        {
            return null;
        }

        switch (await incoming.ReadAsync(force.Now, commit, [], cancellationToken))
        {
            case IncomingVerdict.Refused refused:
                return refused.Reasons;
            case IncomingVerdict.Accepted accepted:
                await AdvanceAsync(accepted.Changes, commit, remote.IsConfigured ? [new RefMove(Base, commit, RefMove.Anywhere)] : []);
                status.NothingRefused();
                status.Pending(0);
                return [];
            default:
                throw new InvalidOperationException();
        }
    }

    private async Task<bool> TakeInLocalAsync(CancellationToken cancellationToken)
    {
        string? applied = force.Now.Commit;
        string? head = (await git.TipsAsync([Branch], cancellationToken))[0];
        if (head is null || head == applied)
        {
            return false;
        }

        if (await JudgeAsync(applied, head, head, cancellationToken) is { } changes)
        {
            if (!await force.AdvanceAsync(changes, head, []))
            {
                await force.RestoreAsync(cancellationToken);   // a verb of ours ran beside us and has done it
            }

            return true;
        }

        if (applied is not null)
        {
            await git.MoveAsync(Branch, applied, head, cancellationToken);   // what the branch shows is what is in force
        }

        return false;
    }

    private async Task<bool> TakeInRemoteAsync(CancellationToken cancellationToken)
    {
        Fetch fetch = await remote.FetchAsync(cancellationToken);
        if (fetch is Fetch.Unreachable unreachable)
        {
            status.Lost(unreachable.Reason);
            return false;
        }

        IReadOnlyList<string?> tips = await git.TipsAsync([UserRemote.Tracking, Base, Pushing], cancellationToken);
        (string? theirs, string? from, string? pushed) = (fetch is Fetch.Empty ? null : tips[0], tips[1], tips[2]);
        status.Contact(status.Now.Pending);
        bool changed = false;
        if (theirs is not null && theirs != from)
        {
            from = await RecoverPushAsync(pushed, from, theirs, cancellationToken);
            if (theirs != from)
            {
                if (!await MergeAsync(from, theirs, cancellationToken))
                {
                    return false;
                }

                (changed, from) = (true, theirs);
            }
        }

        if (status.Now.Refused is { } old && old.Commit != theirs)
        {
            status.NothingRefused();
        }

        if (force.Now.Commit is { } applied && applied != from)
        {
            await PushPendingAsync(applied, cancellationToken);
        }

        return changed;
    }

    // We died after the remote had taken a commit of ours and before we noted it: it is ours still, and needs no policy.
    private async Task<string?> RecoverPushAsync(string? pushed, string? from, string theirs, CancellationToken cancellationToken)
    {
        if (pushed is null || pushed == from || (from is not null && !await git.IsAncestorAsync(from, pushed, cancellationToken))
            || (pushed != theirs && !await git.IsAncestorAsync(pushed, theirs, cancellationToken)))
        {
            return from;
        }

        if (pushed == force.Now.Commit)
        {
            await git.SetAsync(Base, pushed, cancellationToken);
        }
        else if (force.Now.Commit is { } applied && !await git.IsAncestorAsync(applied, pushed, cancellationToken))
        {
            return from;
        }
        else if (await incoming.ReadAsync(force.Now, pushed, [], cancellationToken) is IncomingVerdict.Accepted recovered)
        {
            await AdvanceAsync(recovered.Changes, pushed, [new RefMove(Base, pushed, RefMove.Anywhere)]);
        }
        else
        {
            return from;
        }

        status.Pending(0);
        return pushed;
    }

    private async Task<bool> MergeAsync(string? from, string theirs, CancellationToken cancellationToken)
    {
        string target = theirs;
        if (force.Now.Commit is { } applied && applied != from && (from is null || await git.IsAncestorAsync(from, theirs, cancellationToken)))
        {
            from = await git.MergeBaseAsync(theirs, applied, cancellationToken);   // a push of ours that got there unheard is no change of theirs
            target = await own.OnTopAsync(from, theirs, applied, cancellationToken);
        }

        if (await JudgeAsync(from, theirs, target, cancellationToken) is not { } changes)
        {
            return false;
        }

        await AdvanceAsync(changes, target, [new RefMove(Base, theirs, RefMove.Anywhere)]);
        status.Pending(target == theirs ? 0 : (await git.BetweenAsync(theirs, target, cancellationToken)).Count);
        return true;
    }

    private async Task PushPendingAsync(string applied, CancellationToken cancellationToken)
    {
        await git.SetAsync(Pushing, applied, cancellationToken);
        switch (await remote.PushAsync(applied, cancellationToken))
        {
            case Push.Pushed:
                await git.SetAsync(Base, applied, CancellationToken.None);
                status.Contact(0);
                status.PushTaken();
                break;
            case Push.Refused refused:
                status.PushRefused(refused.Reason);
                break;
            case Push.Unreachable unreachable:
                status.Lost(unreachable.Reason);
                break;
        }
    }

    private async Task<ChangeSet?> JudgeAsync(string? since, string theirs, string target, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> reasons;
        if (since is not null && !await git.IsAncestorAsync(since, theirs, cancellationToken))
        {
            reasons = ["it does not build on what is in force: history was rewritten"];
        }
        else
        {
            switch (await incoming.JudgeAsync(force.Now, since, theirs, target, cancellationToken))
            {
                case IncomingVerdict.Accepted accepted:
                    status.NothingRefused();
                    return accepted.Changes;
                case IncomingVerdict.Refused refused:
                    reasons = refused.Reasons;
                    break;
                default:
                    throw new InvalidOperationException();
            }
        }

        if (status.Refuse(theirs, reasons))
        {
            CommitRefused(theirs, string.Join("; ", reasons));
            await git.SetAsync("refs/ptt/refused/" + theirs[..12], theirs, cancellationToken);
        }

        return null;
    }

    // With a remote the branch here is ours alone: it follows wherever someone may have put it.
    private async Task AdvanceAsync(ChangeSet changes, string commit, IEnumerable<RefMove> moves)
    {
        if (!await force.AdvanceAsync(changes, commit, [new RefMove(Branch, commit, RefMove.Anywhere), .. moves]))
        {
            await force.RestoreAsync(CancellationToken.None);
            throw new GitException("another process wrote to our repository; what it did is in force");
        }
    }

    [LoggerMessage(3312, LogLevel.Error, "Commit {Commit} is refused: {Reasons}")]
    private partial void CommitRefused(string commit, string reasons);
}

internal enum Published
{
    InForce,

    /// <summary>Someone was faster; look again.</summary>
    Raced,
}
