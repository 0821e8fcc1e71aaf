namespace Ptt.Web.Users.Import;

/// <summary>A file that somebody brought: its plan, and how far it has been carried out. Kept in memory for some hours.</summary>
public sealed class ImportJob(string id, string by, ImportPlan plan, DateTimeOffset at)
{
    private int _done;
    private int _begun;

    public string Id => id;

    public string By => by;

    public ImportPlan Plan => plan;

    public DateTimeOffset At => at;

    public int Total { get; } = plan.Wanted.Count();

    /// <summary>Rows that are in force.</summary>
    public int Done => Volatile.Read(ref _done);

    public bool IsBegun => Volatile.Read(ref _begun) != 0;

    public DateTimeOffset? EndedAt { get; internal set; }

    /// <summary>Why it stopped before the end.</summary>
    public string? Fault { get; internal set; }

    internal bool TryBegin() => Interlocked.Exchange(ref _begun, 1) == 0;

    internal void Add(int rows) => Interlocked.Add(ref _done, rows);
}
