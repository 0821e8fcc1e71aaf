using Ptt.Web.Access;
using Ptt.Web.Alarms;
using Ptt.Web.Ui;

namespace Ptt.Web.Shell;

/// <summary>The alarms as a table: what the page and its file have in common.</summary>
internal static class AlarmPages
{
    public static void MapAlarmPages(this WebApplication app) =>
        app.MapGet("/alarms.csv", (HttpRequest request, IAlarms alarms) => CsvFile.Of(
                "alarms", ["name", "severity", "text", "since", "last_seen"],
                Select(alarms, TableQuery.Of(request)).Select(a => (IReadOnlyList<string?>)
                    [a.Name, a.Severity.ToString(), a.Text, CsvFile.Instant(a.Since), CsvFile.Instant(a.LastSeen)]).ToAsyncEnumerable()))
            .RequireAuthorization(Scopes.SystemRead).ExcludeFromDescription();

    public static IEnumerable<Alarm> Select(IAlarms alarms, TableQuery query)
    {
        IEnumerable<Alarm> found = alarms.Current
            .Where(a => query.Search.Length == 0 || a.Text.Contains(query.Search, StringComparison.OrdinalIgnoreCase) || a.Name.Contains(query.Search, StringComparison.OrdinalIgnoreCase))
            .Where(a => query["severity"].Length == 0 || a.Severity.ToString() == query["severity"]);
        return query.Sort switch
        {
            "severity" => query.Order(found, a => a.Severity),
            "text"     => query.Order(found, a => a.Text, StringComparer.OrdinalIgnoreCase),
            "since"    => query.Order(found, a => a.Since),
            "seen"     => query.Order(found, a => a.LastSeen),
            _          => found,
        };
    }
}
