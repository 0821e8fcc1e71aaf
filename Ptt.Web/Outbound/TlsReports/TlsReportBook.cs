using System.Globalization;
using Ptt.Smtp.Relay.Security;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Outbound.TlsReports;

/// <summary>
/// Counts sessions by day (UTC), recipient domain, policy and result (RFC 8460 §4). Counting is in memory and costs a session nothing; what was counted
/// is written down every few seconds.
/// </summary>
internal sealed class TlsReportBook(OutboundStore store, TimeProvider time) : ITlsReports
{
    private const int MaxReason = 200, MaxFailuresOfPolicy = 200, MaxUnwritten = 50_000;

    private readonly Lock _gate = new();
    private readonly Lock _writing = new();
    private Dictionary<Counted, long> _unwritten = [];

    public void Note(TlsSession session)
    {
        AppliedPolicy policy = session.Policy;
        bool good = session.Result == TlsResult.Success;
        var counted = new Counted(
            DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), session.Domain, policy.Type, policy.Domain, string.Join('\n', policy.Lines), string.Join('\n', policy.MxHosts),
            good ? "" : session.Result.Name(), good ? "" : session.Sending?.ToString() ?? "", good ? "" : session.Receiving?.ToString() ?? "", good ? "" : session.MxHost,
            good || session.Reason is not { } reason ? "" : reason[..Math.Min(MaxReason, reason.Length)]);
        lock (_gate)
        {
            if (_unwritten.Count < MaxUnwritten || _unwritten.ContainsKey(counted))
            {
                _unwritten[counted] = _unwritten.GetValueOrDefault(counted) + 1;
            }
        }
    }

    /// <summary>Writes down what was counted since; throws when the disk does not take it, and forgets nothing then. Afterwards all that was counted before can be read.</summary>
    public void Write()
    {
        lock (_writing)   // who comes while another writes waits for that: what it took out of memory is not readable yet
        {
            Dictionary<Counted, long> counted;
            lock (_gate)
            {
                if (_unwritten.Count == 0)
                {
                    return;
                }

                (counted, _unwritten) = (_unwritten, []);
            }

            try
            {
                store.Write(file => Write(file, counted));
            }
            catch
            {
                lock (_gate)
                {
                    foreach ((Counted key, long sessions) in counted)
                    {
                        _unwritten[key] = _unwritten.GetValueOrDefault(key) + sessions;
                    }
                }

                throw;
            }
        }
    }

    /// <summary>The days and domains of the newest first, after the one named by <paramref name="after"/>.</summary>
    public IReadOnlyList<TlsReportLine> List(string? domain, (DateOnly Day, string Domain)? after, int limit, bool oldestFirst = false)
    {
        Write();
        return store.Read(file =>
        {
            using Statement row = file.Prepare($"""
                SELECT p.day, p.domain, sum(p.success), sum(p.failure), group_concat(DISTINCT p.type),
                  (SELECT group_concat(r.state || CASE r.uri WHEN '' THEN '' ELSE ' ' || r.uri END, '; ') FROM tls_report r WHERE r.day = p.day AND r.domain = p.domain)
                FROM tls_policy p
                WHERE (?1 IS NULL OR p.domain LIKE ?1 ESCAPE '\') AND (?2 IS NULL OR p.day {(oldestFirst ? ">" : "<")} ?2 OR (p.day = ?2 AND p.domain > ?3))
                GROUP BY p.day, p.domain ORDER BY p.day {(oldestFirst ? "" : "DESC")}, p.domain LIMIT ?4
                """);
            row.Bind(1, Like.Containing(domain)).Bind(2, after is null ? null : Text(after.Value.Day)).Bind(3, after?.Domain).Bind(4, limit);
            var lines = new List<TlsReportLine>();
            while (row.Step())
            {
                lines.Add(new TlsReportLine(Day(row.Text(0)!), row.Text(1)!, row.Int64(2), row.Int64(3), row.Text(4)!.Split(','), row.Text(5)));
            }

            return lines;
        });
    }

    /// <summary>What a report about the day says of its policies; empty when there was no session.</summary>
    public IReadOnlyList<TlsReportedPolicy> Policies(DateOnly day, string domain)
    {
        Write();
        return store.Read(file =>
        {
            using Statement row = file.Prepare("SELECT id, type, policy_domain, lines, mx, success, failure FROM tls_policy WHERE day = ? AND domain = ? ORDER BY id");
            using Statement details = file.Prepare("SELECT result, sending, mx_host, receiving, sessions, reason FROM tls_failure WHERE policy = ? ORDER BY sessions DESC, result");
            row.Bind(1, Text(day)).Bind(2, domain);
            var policies = new List<TlsReportedPolicy>();
            while (row.Step())
            {
                var failures = new List<TlsFailureDetails>();
                details.Bind(1, row.Int64(0));
                while (details.Step())
                {
                    failures.Add(new TlsFailureDetails(
                        details.Text(0)!, Some(details.Text(1)), Some(details.Text(2)), Some(details.Text(3)), details.Int64(4), Some(details.Text(5))));
                }

                policies.Add(new TlsReportedPolicy(
                    new TlsPolicyFields(row.Text(1)!, Lines(row.Text(3)!), row.Text(2)!, Lines(row.Text(4)!)),
                    new TlsReportSummary(row.Int64(5), row.Int64(6)), failures.Count > 0 ? failures : null));
            }

            return policies;
        });
    }

    /// <summary>Domains with sessions on past days, for which no report has been settled yet.</summary>
    public IReadOnlyList<(DateOnly Day, string Domain)> Unreported(DateOnly today)
    {
        Write();
        return store.Read(file =>
        {
            using Statement row = file.Prepare("""
                SELECT DISTINCT day, domain FROM tls_policy p WHERE day < ?
                AND NOT EXISTS (SELECT 1 FROM tls_report r WHERE r.day = p.day AND r.domain = p.domain AND r.uri = '') ORDER BY day, domain
                """);
            row.Bind(1, Text(today));
            var found = new List<(DateOnly, string)>();
            while (row.Step())
            {
                found.Add((Day(row.Text(0)!), row.Text(1)!));
            }

            return found;
        });
    }

    /// <summary>What came of sending to one address of the domain; null when nothing was begun. The address "" stands for the domain as a whole.</summary>
    public string? StateOf(DateOnly day, string domain, string uri) => store.Read(file =>
    {
        using Statement row = file.Prepare("SELECT state FROM tls_report WHERE day = ? AND domain = ? AND uri = ?");
        row.Bind(1, Text(day)).Bind(2, domain).Bind(3, uri);
        string? state = row.Step() ? row.Text(0) : null;
        row.Reset();
        return state;
    });

    public void Settle(DateOnly day, string domain, string uri, string state, string? detail = null) => store.Write(file =>
    {
        using Statement save = file.Prepare("INSERT OR REPLACE INTO tls_report (day, domain, uri, state, at, detail) VALUES (?,?,?,?,?,?)");
        save.Bind(1, Text(day)).Bind(2, domain).Bind(3, uri).Bind(4, state).Bind(5, time.GetUtcNow().ToUnixTimeMilliseconds()).Bind(6, detail).Run();
    });

    public void Forget(DateOnly before) => store.Write(file =>
    {
        string day = Text(before);
        foreach (string sql in new[]
        {
            "DELETE FROM tls_failure WHERE policy IN (SELECT id FROM tls_policy WHERE day < ?)", "DELETE FROM tls_policy WHERE day < ?", "DELETE FROM tls_report WHERE day < ?",
        })
        {
            using Statement old = file.Prepare(sql);
            old.Bind(1, day).Run();
        }
    });

    private static void Write(SqliteFile file, Dictionary<Counted, long> counted)
    {
        using Statement policy = file.Prepare("""
            INSERT INTO tls_policy (day, domain, type, policy_domain, lines, mx, success, failure) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)
            ON CONFLICT DO UPDATE SET success = success + ?7, failure = failure + ?8
            """);
        using Statement find = file.Prepare("SELECT id, (SELECT count(*) FROM tls_failure WHERE policy = id) FROM tls_policy WHERE day=? AND domain=? AND type=? AND policy_domain=? AND lines=? AND mx=?");
        using Statement failure = file.Prepare("""
            INSERT INTO tls_failure (policy, result, sending, receiving, mx_host, reason, sessions) VALUES (?1,?2,?3,?4,?5,?6,?7) ON CONFLICT DO UPDATE SET sessions = sessions + ?7
            """);
        foreach ((Counted c, long sessions) in counted)
        {
            policy.Bind(1, Text(c.Day)).Bind(2, c.Domain).Bind(3, c.Type).Bind(4, c.PolicyDomain).Bind(5, c.Lines).Bind(6, c.Mx)
                .Bind(7, c.Result.Length == 0 ? sessions : 0).Bind(8, c.Result.Length == 0 ? 0 : sessions).Run();
            if (c.Result.Length == 0)
            {
                continue;
            }

            find.Bind(1, Text(c.Day)).Bind(2, c.Domain).Bind(3, c.Type).Bind(4, c.PolicyDomain).Bind(5, c.Lines).Bind(6, c.Mx);
            find.Step();
            (long id, long rows) = (find.Int64(0), find.Int64(1));
            find.Reset();

            // Words that differ each time must not fill the disk: past a number of rows they are left out.
            failure.Bind(1, id).Bind(2, c.Result).Bind(3, rows < MaxFailuresOfPolicy ? c.Sending : "").Bind(4, rows < MaxFailuresOfPolicy ? c.Receiving : "")
                .Bind(5, rows < MaxFailuresOfPolicy ? c.MxHost : "").Bind(6, rows < MaxFailuresOfPolicy ? c.Reason : "").Bind(7, sessions).Run();
        }
    }

    private static string[]? Lines(string text) => text.Length == 0 ? null : text.Split('\n');

    private static string? Some(string? text) => text is { Length: > 0 } ? text : null;

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private sealed record Counted(
        DateOnly Day, string Domain, string Type, string PolicyDomain, string Lines, string Mx, string Result, string Sending, string Receiving, string MxHost, string Reason);
}

/// <summary>One day of one domain. <paramref name="Report"/>: what came of its report; null: not its time yet.</summary>
public sealed record TlsReportLine(DateOnly Day, string Domain, long Successful, long Failed, IReadOnlyList<string> PolicyTypes, string? Report);
