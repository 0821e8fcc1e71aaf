using System.Globalization;
using System.Runtime.CompilerServices;
using Ptt.Web.Access;
using Ptt.Web.Ui;

namespace Ptt.Web.Shell;

/// <summary>The audit log's filter from an address, and the log as a file.</summary>
internal static class AuditPages
{
    public static void MapAuditPages(this WebApplication app) =>
        app.MapGet("/audit.csv", (HttpRequest request, IAuditLog audit, CancellationToken cancellationToken) => CsvFile.Of(
                "audit", ["at", "actor", "action", "subject", "detail"], RowsAsync(audit, FilterOf(TableQuery.Of(request)), cancellationToken)))
            .RequireAuthorization(Scopes.AuditRead).ExcludeFromDescription();

    public static AuditFilter FilterOf(TableQuery query) => new(
        Some(query["actor"]), Some(query["action"]), Some(query["subject"]), Day(query["since"]), Day(query["until"])?.AddDays(1), query.Sort == "at" && !query.Descending);

    private static string? Some(string text) => text.Trim() is { Length: > 0 } some ? some : null;

    private static DateTimeOffset? Day(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day) ? new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero) : null;

    private static async IAsyncEnumerable<IReadOnlyList<string?>> RowsAsync(IAuditLog audit, AuditFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long? before = null;
        while (await audit.ReadAsync(filter, before, 500, cancellationToken) is { Count: > 0 } entries)
        {
            foreach (AuditEntry e in entries)
            {
                yield return [CsvFile.Instant(e.At), e.Actor, e.Action, e.Subject, e.Detail];
            }

            before = entries[^1].Id;
        }
    }
}
