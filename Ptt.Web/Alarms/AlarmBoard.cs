using System.Collections.Concurrent;

namespace Ptt.Web.Alarms;

/// <summary>The alarms in force, in memory: raising and clearing cost nothing and never fail. <see cref="AlarmKeeper"/> keeps them over a restart.</summary>
internal sealed partial class AlarmBoard(TimeProvider time, ILogger<AlarmBoard> logger) : IAlarms
{
    private readonly ConcurrentDictionary<string, Alarm> _alarms = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Silence> _silences = new(StringComparer.Ordinal);

    public event Action? Changed;

    public IReadOnlyList<Alarm> Current =>
    [
        .. _alarms.Values.Select(a => a with { Silenced = SilenceOf(a.Name) })
            .OrderByDescending(a => a.Severity).ThenBy(a => a.Since).ThenBy(a => a.Name, StringComparer.Ordinal),
    ];

    /// <summary>Those still running, also of alarms that are over.</summary>
    public IReadOnlyDictionary<string, Silence> Silences => _silences.Where(s => SilenceOf(s.Key) is not null).ToDictionary();

    public Alarm? Find(string name) => _alarms.TryGetValue(name, out Alarm? alarm) ? alarm with { Silenced = SilenceOf(name) } : null;

    public void Raise(string name, AlarmSeverity severity, Wording text, string? link = null)
    {
        DateTimeOffset now = time.GetUtcNow();
        string words = text.ToString();
        bool news = true;
        _alarms.AddOrUpdate(name, _ => new Alarm(name, severity, text, link, now, now), (_, old) =>
        {
            news = old.Severity != severity || old.Text != words;
            return old with { Severity = severity, Words = text, Link = link, LastSeen = now, Acknowledged = severity > old.Severity ? null : old.Acknowledged };
        });
        if (news)
        {
            AlarmRaised(severity, name, words);
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

    /// <summary>False when it is over by now.</summary>
    public bool Acknowledge(string name, string by) => Change(name, a => a with { Acknowledged = new Mark(by, time.GetUtcNow()) });

    public bool Unacknowledge(string name) => Change(name, a => a with { Acknowledged = null });

    public void Silence(string name, DateTimeOffset until, string by)
    {
        _silences[name] = new Silence(by, until);
        Changed?.Invoke();
    }

    public bool EndSilence(string name)
    {
        bool was = _silences.TryRemove(name, out _);
        Changed?.Invoke();
        return was;
    }

    /// <summary>People know of it as bad as it is.</summary>
    public void NoteTold(string name, AlarmSeverity severity) => Change(name, a => a with { Told = severity });

    /// <summary>Takes up what was kept before a restart, unless it was raised anew in the meantime.</summary>
    internal void Restore(IEnumerable<Alarm> kept, IEnumerable<KeyValuePair<string, Silence>> silences)
    {
        foreach (Alarm alarm in kept)
        {
            _alarms.AddOrUpdate(alarm.Name, alarm, (_, now) => now with { Since = alarm.Since, Acknowledged = alarm.Acknowledged, Told = alarm.Told });
        }

        foreach ((string name, Silence silence) in silences)
        {
            _silences.TryAdd(name, silence);
        }

        Changed?.Invoke();
    }

    private Silence? SilenceOf(string name) => _silences.TryGetValue(name, out Silence? silence) && silence.Until > time.GetUtcNow() ? silence : null;

    private bool Change(string name, Func<Alarm, Alarm> change)
    {
        while (_alarms.TryGetValue(name, out Alarm? alarm))
        {
            if (_alarms.TryUpdate(name, change(alarm), alarm))
            {
                Changed?.Invoke();
                return true;
            }
        }

        return false;
    }

    [LoggerMessage(3101, LogLevel.Warning, "Alarm ({Severity}) {Alarm}: {Text}")]
    private partial void AlarmRaised(AlarmSeverity severity, string alarm, string text);

    [LoggerMessage(3102, LogLevel.Information, "Alarm {Alarm} is over")]
    private partial void AlarmCleared(string alarm);
}
