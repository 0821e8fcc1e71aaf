namespace Ptt.Web.Alarms;

/// <summary>
/// What an administrator should know now. An alarm has a stable name for its cause (<c>git.refused</c>, <c>keys.vanished:example.org</c>);
/// raising it again refreshes it, clearing it ends it. The pages, the metrics, mail and webhooks read it from here.
/// </summary>
public interface IAlarms
{
    /// <summary><paramref name="text"/> as one interpolated string: its format is the key of the translation.</summary>
    void Raise(string name, AlarmSeverity severity, Wording text, string? link = null);

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
public sealed record Alarm(string Name, AlarmSeverity Severity, Wording Words, string? Link, DateTimeOffset Since, DateTimeOffset LastSeen)
{
    /// <summary>In English.</summary>
    public string Text => Words.ToString();

    /// <summary>Somebody sees to it. Ends with the alarm, and when it becomes worse.</summary>
    public Mark? Acknowledged { get; init; }

    /// <summary>Nobody is told of it until then; it stays on the page. Outlives the alarm, so that one that comes and goes stays silent.</summary>
    public Silence? Silenced { get; init; }

    /// <summary>How bad it was when people were last told.</summary>
    public AlarmSeverity? Told { get; init; }
}

/// <summary>Who said so, and when.</summary>
public sealed record Mark(string By, DateTimeOffset At);

public sealed record Silence(string By, DateTimeOffset Until);
