using Ptt.Web.Alarms;
using Ptt.Web.Users.Git;

namespace Ptt.Web.Users.Sync;

/// <summary>Keeps <see cref="SyncState"/> and says aloud, as alarms, what in it somebody has to look at.</summary>
internal sealed class SyncStatus(UserRemote remote, IAlarms alarms, TimeProvider time)
{
    private const string Page = "/users/sync";

    private SyncState _state = new() { Remote = remote.ShownUrl };

    public SyncState Now => Volatile.Read(ref _state);

    public bool IsDown => _state.Unreachable is not null;

    public void Pending(int commits) => _state = _state with { Pending = commits };

    /// <summary>The remote answered; so many commits of ours it does not have.</summary>
    public void Contact(int pending)
    {
        _state = _state with { LastContact = time.GetUtcNow(), Unreachable = null, Pending = pending };
        alarms.Clear("git.unreachable");
    }

    public void Lost(string reason)
    {
        _state = _state with { Unreachable = reason };
        alarms.Raise("git.unreachable", AlarmSeverity.Warning,
            $"The users' remote does not answer since {_state.LastContact?.ToString("u") ?? "the start"}: {reason}. Logins go on; changes of ours are kept and pushed later.", Page);
    }

    public void PushRefused(string reason) =>
        alarms.Raise("git.push", AlarmSeverity.Critical, $"The users' remote does not take our commits: {reason}", Page);

    public void PushTaken() => alarms.Clear("git.push");

    /// <summary>True where that is news.</summary>
    public bool Refuse(string commit, IReadOnlyList<string> reasons)
    {
        bool news = _state.Refused?.Commit != commit;
        _state = _state with { Refused = new RefusedCommit(commit, reasons) };
        alarms.Raise("git.refused", AlarmSeverity.Critical,
            $"Commit {commit[..12]} is refused and kept as refs/ptt/refused/{commit[..12]}: {string.Join("; ", reasons)}", Page);
        return news;
    }

    public void NothingRefused()
    {
        _state = _state with { Refused = null };
        alarms.Clear("git.refused");
    }

    public void Conflict(string commit, string message, IEnumerable<string> paths) => alarms.Raise("git.conflict:" + commit[..12], AlarmSeverity.Warning,
        $"\"{message}\" was not pushed in time and conflicts with the remote in {string.Join(", ", paths)}. The remote's side holds; ours is kept as refs/ptt/conflicts/{commit[..12]}.", Page);
}
