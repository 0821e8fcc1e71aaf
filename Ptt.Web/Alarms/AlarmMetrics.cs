using System.Diagnostics.Metrics;

namespace Ptt.Web.Alarms;

/// <summary>How many alarms there are, so that whoever watches the metrics hears of each without a rule of its own.</summary>
internal sealed class AlarmMetrics
{
    public AlarmMetrics(AlarmBoard board, IMeterFactory meters) =>
        meters.Create("Ptt.Alarms").CreateObservableGauge("ptt.alarms", () => Count(board), "{alarm}", "Alarms in force, by severity");

    private static IEnumerable<Measurement<int>> Count(AlarmBoard board)
    {
        IReadOnlyList<Alarm> current = board.Current;
        return Enum.GetValues<AlarmSeverity>().Select(s => new Measurement<int>(
            current.Count(a => a.Severity == s), new KeyValuePair<string, object?>("severity", s.ToString().ToLowerInvariant())));
    }
}
