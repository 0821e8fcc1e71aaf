using Microsoft.Extensions.Options;
using Ptt.Web.Alarms;

namespace Ptt.Web.Users;

/// <summary>
/// Brings together what others committed and what we did. <c>refs/ptt/base</c> is the last commit of the remote that is in force;
/// from there to the branch are commits of ours that it does not have yet. They are put on top of what comes, never merged, so
/// that history stays a line. Called under the writer's lock only.
/// </summary>
internal sealed partial class UserSync(
    UserGit git, UserRemote remote, UserIncoming incoming, UsersInForce force, IOptions<UsersOptions> options, IAlarms alarms, TimeProvider time, ILogger<UserSync> logger)
{
    private const string Base = "refs/ptt/base";
    private const string Pushing = "refs/ptt/pushing";

    private SyncState _state = new() { Remote = remote.ShownUrl };

    public SyncState State => Volatile.Read(ref _state) with { Head = force.Now.Commit };

    private string Branch => "refs/heads/" + options.Value.Branch;

    private bool IsDown => _state.Unreachable is not null;

    /// <summary>With a remote that we know already nothing waits for it: logins work from the cache, and the first poll is soon.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (remote.IsConfigured && force.Now.Commit is { } applied)
        {
            string? at = await git.ResolveAsync(Base, cancellationToken);
            _state = _state with { Pending = at == applied ? 0 : (await git.BetweenAsync(at, applied, cancellationToken)).Count };
            return;
        }

        await TakeInAsync(cancellationToken);
    }

    /// <summary>True when something came into force.</summary>
    public Task<bool> TakeInAsync(CancellationToken cancellationToken) =>
        remote.IsConfigured ? TakeInRemoteAsync(cancellationToken) : TakeInLocalAsync(cancellationToken);

    /// <summary>A commit of ours on top of what is in force: to the remote first where there is one that answers, then into force here.</summary>
    public async Task<Published> PublishAsync(string commit, ChangeSet changes, bool mayRace, CancellationToken cancellationToken)
    {
        string? before = force.Now.Commit;
        if (!remote.IsConfigured)
        {
            return await force.AdvanceAsync(changes, commit, [new RefMove(Branch, commit, before)]) ? Published.InForce : Published.Raced;
        }

        if (!IsDown && _state.Refused is null)
        {
            await git.SetAsync(Pushing, commit, cancellationToken);
            force.StepReached?.Invoke("pushing");
            switch (await remote.PushAsync(commit, CancellationToken.None))
            {
                case Push.Pushed:
                    force.StepReached?.Invoke("pushed");
                    Contact(0);
                    await AdvanceAsync(changes, commit, [new RefMove(Base, commit, RefMove.Anywhere)]);
                    return Published.InForce;
                case Push.Raced when mayRace:
                    return Published.Raced;
                case Push.Refused refused:
                    PushRefused(refused.Reason);
                    break;
                case Push.Unreachable unreachable:
                    Lost(unreachable.Reason);
                    break;
            }
        }

        _state = _state with { Pending = _state.Pending + 1 };
        await AdvanceAsync(changes, commit, []);
        return Published.InForce;
    }

    /// <summary>An administrator takes what was refused, as it is; only files that cannot be read still stop it.</summary>
    public async Task<IReadOnlyList<string>?> AcceptAsync(string commit, CancellationToken cancellationToken)
    {
        if (_state.Refused?.Commit != commit)
        {
            return null;
        }

        switch (await incoming.ReadAsync(force.Now, commit, [], cancellationToken))
        {
            case IncomingVerdict.Refused refused:
                return refused.Reasons;
            case IncomingVerdict.Accepted accepted:
                await AdvanceAsync(accepted.Changes, commit, remote.IsConfigured ? [new RefMove(Base, commit, RefMove.Anywhere)] : []);
                _state = _state with { Refused = null, Pending = 0 };
                alarms.Clear("git.refused");
                return [];
            default:
                throw new InvalidOperationException();
        }
    }

    private async Task<bool> TakeInLocalAsync(CancellationToken cancellationToken)
    {
        string? applied = force.Now.Commit;
        string? head = await git.ResolveAsync(Branch, cancellationToken);
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
            Lost(unreachable.Reason);
            return false;
        }

        IReadOnlyDictionary<string, string> refs = await git.RefsAsync(cancellationToken);
        string? theirs = fetch is Fetch.Empty ? null : refs.GetValueOrDefault(UserRemote.Tracking);
        string? from = refs.GetValueOrDefault(Base);
        Contact(_state.Pending);
        bool changed = false;
        if (theirs is not null && theirs != from)
        {
            from = await RecoverPushAsync(refs.GetValueOrDefault(Pushing), from, theirs, cancellationToken);
            if (theirs != from)
            {
                if (!await MergeAsync(from, theirs, cancellationToken))
                {
                    return false;
                }

                (changed, from) = (true, theirs);
            }
        }

        if (_state.Refused is { } old && old.Commit != theirs)
        {
            _state = _state with { Refused = null };
            alarms.Clear("git.refused");
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
        else if (await incoming.ReadAsync(force.Now, pushed, [], cancellationToken) is IncomingVerdict.Accepted own)
        {
            await AdvanceAsync(own.Changes, pushed, [new RefMove(Base, pushed, RefMove.Anywhere)]);
        }
        else
        {
            return from;
        }

        _state = _state with { Pending = 0 };
        return pushed;
    }

    private async Task<bool> MergeAsync(string? from, string theirs, CancellationToken cancellationToken)
    {
        bool ours = force.Now.Commit is not null && force.Now.Commit != from;
        string target = ours && (from is null || await git.IsAncestorAsync(from, theirs, cancellationToken))
            ? await OnTopAsync(from, theirs, force.Now.Commit!, cancellationToken) : theirs;
        if (await JudgeAsync(from, theirs, target, cancellationToken) is not { } changes)
        {
            return false;
        }

        await AdvanceAsync(changes, target, [new RefMove(Base, theirs, RefMove.Anywhere)]);
        _state = _state with { Pending = target == theirs ? 0 : (await git.BetweenAsync(theirs, target, cancellationToken)).Count };
        return true;
    }

    // Our commits again, one by one, on top of theirs. Where both changed a file, theirs stays, ours is kept aside and said aloud.
    private async Task<string> OnTopAsync(string? from, string theirs, string ours, CancellationToken cancellationToken)
    {
        Dictionary<string, string?> changedThere = (await git.DiffAsync(from, theirs, cancellationToken)).ToDictionary(e => e.Path, e => e.Blob);
        string tip = theirs;
        foreach (string commit in await git.BetweenAsync(from, ours, cancellationToken))
        {
            CommitFacts facts = await git.FactsAsync(commit, cancellationToken);
            List<FileChange> changes = [];
            List<string> conflicts = [];
            foreach (TreeEntry entry in await git.DiffAsync(facts.Parents.FirstOrDefault(), commit, cancellationToken))
            {
                if (!changedThere.TryGetValue(entry.Path, out string? blob))
                {
                    changes.Add(new FileChange(entry.Path, null, entry.Blob));
                }
                else if (blob != entry.Blob)
                {
                    conflicts.Add(entry.Path);
                }
            }

            if (conflicts.Count > 0)
            {
                await git.SetAsync("refs/ptt/conflicts/" + commit[..12], commit, cancellationToken);
                alarms.Raise("git.conflict:" + commit[..12], AlarmSeverity.Warning,
                    $"\"{facts.Message}\" was not pushed in time and conflicts with the remote in {string.Join(", ", conflicts)}. The remote's side holds; ours is kept as refs/ptt/conflicts/{commit[..12]}.", "/users/sync");
            }

            if (changes.Count > 0)
            {
                tip = await MakeCommitAsync(tip, changes, new Authorship(facts.Author, facts.Message, facts.At), cancellationToken);
            }
        }

        return tip;
    }

    /// <summary>A commit of ours, signed where we have a key for that.</summary>
    public async Task<string> MakeCommitAsync(string? parent, IReadOnlyList<FileChange> changes, Authorship by, CancellationToken cancellationToken)
    {
        string commit = await git.CommitAsync(parent, changes, by, cancellationToken);
        return incoming.SigningKeyPath is { } key ? await git.SignAsync(commit, key, cancellationToken) : commit;
    }

    private async Task PushPendingAsync(string applied, CancellationToken cancellationToken)
    {
        await git.SetAsync(Pushing, applied, cancellationToken);
        switch (await remote.PushAsync(applied, cancellationToken))
        {
            case Push.Pushed:
                await git.SetAsync(Base, applied, CancellationToken.None);
                Contact(0);
                break;
            case Push.Refused refused:
                PushRefused(refused.Reason);
                break;
            case Push.Unreachable unreachable:
                Lost(unreachable.Reason);
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
                    _state = _state with { Refused = null };
                    alarms.Clear("git.refused");
                    return accepted.Changes;
                case IncomingVerdict.Refused refused:
                    reasons = refused.Reasons;
                    break;
                default:
                    throw new InvalidOperationException();
            }
        }

        bool news = _state.Refused?.Commit != theirs;
        _state = _state with { Refused = new RefusedCommit(theirs, reasons) };
        alarms.Raise("git.refused", AlarmSeverity.Critical,
            $"Commit {theirs[..12]} is refused and kept as refs/ptt/refused/{theirs[..12]}: {string.Join("; ", reasons)}", "/users/sync");
        if (news)
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

    private void Contact(int pending)
    {
        _state = _state with { LastContact = time.GetUtcNow(), Unreachable = null, Pending = pending };
        alarms.Clear("git.unreachable");
    }

    private void Lost(string reason)
    {
        _state = _state with { Unreachable = reason };
        alarms.Raise("git.unreachable", AlarmSeverity.Warning,
            $"The users' remote does not answer since {_state.LastContact?.ToString("u") ?? "the start"}: {reason}. Logins go on; changes of ours are kept and pushed later.", "/users/sync");
    }

    private void PushRefused(string reason) =>
        alarms.Raise("git.push", AlarmSeverity.Critical, $"The users' remote does not take our commits: {reason}", "/users/sync");

    [LoggerMessage(3312, LogLevel.Error, "Commit {Commit} is refused: {Reasons}")]
    private partial void CommitRefused(string commit, string reasons);
}

internal enum Published
{
    InForce,

    /// <summary>Someone was faster; look again.</summary>
    Raced,
}
