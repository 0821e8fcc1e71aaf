using System.Collections.Concurrent;

namespace Ptt.Web.Alarms;

/// <summary>The alarms in force, in memory: raising and clearing cost nothing and never fail. <see cref="AlarmKeeper"/> keeps them over a restart.</summary>
internal sealed partial class AlarmBoard(TimeProvider time, ILogger<AlarmBoard> logger) : IAlarms
{
    private readonly ConcurrentDictionary<string, Alarm> _alarms = new(StringComparer.Ordinal);

    public event Action? Changed;

    public IReadOnlyList<Alarm> Current => [.. _alarms.Values.OrderByDescending(a => a.Severity).ThenBy(a => a.Since).ThenBy(a => a.Name, StringComparer.Ordinal)];

    public void Raise(string name, AlarmSeverity severity, string text, string? link = null)
    {
        DateTimeOffset now = time.GetUtcNow();
        bool news = true;
        _alarms.AddOrUpdate(name, _ => new Alarm(name, severity, text, link, now, now), (_, old) =>
        {
            news = old.Severity != severity || old.Text != text;
            return old with { Severity = severity, Text = text, Link = link, LastSeen = now };
        });
        if (news)
        {
            AlarmRaised(severity, name, text);
        }

        Changed?.Invoke();
    }

    public void Clear(string name)
    {
        if (_alarms.TryRemove(name, out _))
        {
            AlarmCleared(name);
            Changed?.Invoke();
        }
    }

    /// <summary>Takes up what was kept before a restart, unless it was raised anew in the meantime.</summary>
    internal void Restore(IEnumerable<Alarm> kept)
    {
        foreach (Alarm alarm in kept)
        {
            _alarms.AddOrUpdate(alarm.Name, alarm, (_, now) => now with { Since = alarm.Since });
        }

        Changed?.Invoke();
    }

    [LoggerMessage(3101, LogLevel.Warning, "Alarm ({Severity}) {Alarm}: {Text}")]
    private partial void AlarmRaised(AlarmSeverity severity, string alarm, string text);

    [LoggerMessage(3102, LogLevel.Information, "Alarm {Alarm} is over")]
    private partial void AlarmCleared(string alarm);
}
