namespace Ptt.Web.Alarms;

/// <summary>
/// What an administrator should know now. An alarm has a stable name for its cause (<c>git.refused</c>, <c>keys.vanished:example.org</c>);
/// raising it again refreshes it, clearing it ends it. The pages, the metrics, mail and webhooks read it from here.
/// </summary>
public interface IAlarms
{
    void Raise(string name, AlarmSeverity severity, string text, string? link = null);

    void Clear(string name);

    IReadOnlyList<Alarm> Current { get; }

    /// <summary>Raised after each change; handlers return at once.</summary>
    event Action? Changed;
}

public enum AlarmSeverity
{
    Notice,
    Warning,
    Critical,
}

/// <summary><paramref name="Link"/> is the page that mends it.</summary>
public sealed record Alarm(string Name, AlarmSeverity Severity, string Text, string? Link, DateTimeOffset Since, DateTimeOffset LastSeen);
