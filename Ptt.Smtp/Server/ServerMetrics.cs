using System.Diagnostics;
using System.Diagnostics.Metrics;
using Ptt.Smtp.Pipeline;

namespace Ptt.Smtp.Server;

/// <summary>What the listeners count. One for the process.</summary>
public sealed class ServerMetrics
{
    private readonly UpDownCounter<long> _open;
    private readonly Counter<long> _sessions;
    private readonly Counter<long> _logins;
    private readonly Counter<long> _refused;
    private readonly Dictionary<Role, (Counter<long> Accepted, Histogram<double> Duration)> _accepted = [];

    public ServerMetrics(IMeterFactory factory)
    {
        Meter meter = factory.Create("Ptt.Smtp.Server");
        _open = meter.CreateUpDownCounter<long>("ptt.smtp.sessions.open", "{session}", "Sessions that are open now, by role.");
        _sessions = meter.CreateCounter<long>("ptt.smtp.sessions", "{session}", "Sessions that were begun, by role.");
        _logins = meter.CreateCounter<long>("ptt.smtp.logins", "{login}", "AUTH exchanges, by mechanism and result.");
        _refused = meter.CreateCounter<long>("ptt.smtp.messages.refused", "{message}", "Messages that were refused after their data, by role and reply code.");
        foreach (Role role in Enum.GetValues<Role>())
        {
            string name = role.ToString().ToLowerInvariant();
            _accepted[role] = (
                meter.CreateCounter<long>($"ptt.{name}.accepted", "{message}", "Messages taken with 250."),
                meter.CreateHistogram<double>($"ptt.{name}.accept.duration", "s", "From the end of data to the reply."));
        }
    }

    public void SessionBegan(Role role)
    {
        _open.Add(1, new KeyValuePair<string, object?>("role", role.ToString()));
        _sessions.Add(1, new KeyValuePair<string, object?>("role", role.ToString()));
    }

    public void SessionEnded(Role role) => _open.Add(-1, new KeyValuePair<string, object?>("role", role.ToString()));

    public void Login(string mechanism, int code) =>
        _logins.Add(1, new TagList { { "mechanism", mechanism }, { "result", code == 235 ? "accepted" : code / 100 == 4 ? "deferred" : "refused" } });

    public void Answered(Role role, int code, TimeSpan took)
    {
        if (code / 100 == 2)
        {
            _accepted[role].Accepted.Add(1);
            _accepted[role].Duration.Record(took.TotalSeconds);
        }
        else
        {
            _refused.Add(1, new TagList { { "role", role.ToString() }, { "code", code } });
        }
    }
}
