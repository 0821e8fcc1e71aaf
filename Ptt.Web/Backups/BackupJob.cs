namespace Ptt.Web.Backups;

/// <summary>A backup that is being written, or the last one that was. In memory: after a restart the archives alone are left.</summary>
public sealed class BackupJob(string id, string by, DateTimeOffset startedAt)
{
    public string Id => id;

    public string By => by;

    public DateTimeOffset StartedAt => startedAt;

    public BackupProgress Progress { get; } = new();

    /// <summary>Null while it runs.</summary>
    public DateTimeOffset? EndedAt { get; internal set; }

    /// <summary>Why there is no archive of it; English.</summary>
    public string? Fault { get; internal set; }
}
