namespace Ptt.Web.Users.Sync;

/// <summary>How we stand to the repository, for the page and the API.</summary>
public sealed record SyncState
{
    /// <summary>Where the remote is, without anything that logs in; null: there is none, the repository is ours.</summary>
    public string? Remote { get; init; }

    /// <summary>The commit in force.</summary>
    public string? Head { get; init; }

    /// <summary>Commits of ours that the remote does not have yet.</summary>
    public int Pending { get; init; }

    /// <summary>When the remote last answered; null: not since we started.</summary>
    public DateTimeOffset? LastContact { get; init; }

    /// <summary>Why it does not answer now; null: it does.</summary>
    public string? Unreachable { get; init; }

    /// <summary>The commit that is not let into force, and why.</summary>
    public RefusedCommit? Refused { get; init; }
}

public sealed record RefusedCommit(string Commit, IReadOnlyList<string> Reasons);
