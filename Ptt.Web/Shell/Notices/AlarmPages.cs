using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Ptt.Web.Access;
using Ptt.Web.Alarms;
using Ptt.Web.Domains;
using Ptt.Web.Ui;

namespace Ptt.Web.Shell.Notices;

/// <summary>The alarms as a table, and the verbs of its rows.</summary>
internal static class AlarmPages
{
    public const int MostHours = 720;

    public static void MapAlarmPages(this WebApplication app)
    {
        app.MapPost("/alarms/acknowledge", AcknowledgeAsync).AsVerb(Scopes.SystemWrite);
        app.MapPost("/alarms/unacknowledge", UnacknowledgeAsync).AsVerb(Scopes.SystemWrite);
        app.MapPost("/alarms/silence", SilenceAsync).AsVerb(Scopes.SystemWrite);
        app.MapPost("/alarms/unsilence", EndSilenceAsync).AsVerb(Scopes.SystemWrite);
        app.MapGet("/alarms.csv", (HttpRequest request, IAlarms alarms) => CsvFile.Of(
                "alarms", ["name", "severity", "text", "since", "last_seen", "acknowledged_by", "silenced_until"],
                Select(alarms, TableQuery.Of(request)).Select(a => (IReadOnlyList<string?>)
                    [a.Name, a.Severity.ToString(), a.Text, CsvFile.Instant(a.Since), CsvFile.Instant(a.LastSeen), a.Acknowledged?.By, CsvFile.Instant(a.Silenced?.Until)]).ToAsyncEnumerable()))
            .RequireAuthorization(Scopes.SystemRead).ExcludeFromDescription();
    }

    /// <summary>The alarm in the viewer's language, where it has that sentence.</summary>
    public static string Say(this IStringLocalizer<Text> texts, Alarm alarm) => texts.Say(alarm.Words);

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

    private static async Task<string> AcknowledgeAsync(HttpContext http, [FromForm] string name, AlarmBoard board, IAuditLog audit, Flash flash, ITexts texts)
    {
        if (board.Acknowledge(name, http.User.ActorName()))
        {
            await audit.RecordAsync(http.User.ActorName(), "alarm.acknowledge", name, null, CancellationToken.None);
            flash.Good(texts["Noted: you see to it."]);
        }
        else
        {
            flash.Good(texts["It is over already."]);
        }

        return FormVerbs.Back;
    }

    private static async Task<string> UnacknowledgeAsync(HttpContext http, [FromForm] string name, AlarmBoard board, IAuditLog audit, Flash flash, ITexts texts)
    {
        if (board.Unacknowledge(name))
        {
            await audit.RecordAsync(http.User.ActorName(), "alarm.unacknowledge", name, null, CancellationToken.None);
            flash.Good(texts["Nobody sees to it now."]);
        }

        return FormVerbs.Back;
    }

    private static async Task<string> SilenceAsync(
        HttpContext http, [FromForm] string name, [FromForm] int? hours, AlarmBoard board, IAuditLog audit, TimeProvider time, Flash flash, ITexts texts)
    {
        int span = Math.Clamp(hours ?? 24, 1, MostHours);
        board.Silence(name, time.GetUtcNow().AddHours(span), http.User.ActorName());
        await audit.RecordAsync(http.User.ActorName(), "alarm.silence", name, $"{span} h", CancellationToken.None);
        flash.Good(texts["Nobody is told of it for {0}. It stays on this page.", Span.Words(TimeSpan.FromHours(span))]);
        return FormVerbs.Back;
    }

    private static async Task<string> EndSilenceAsync(HttpContext http, [FromForm] string name, AlarmBoard board, IAuditLog audit, Flash flash, ITexts texts)
    {
        if (board.EndSilence(name))
        {
            await audit.RecordAsync(http.User.ActorName(), "alarm.unsilence", name, null, CancellationToken.None);
            flash.Good(texts["People are told of it again."]);
        }

        return FormVerbs.Back;
    }
}
