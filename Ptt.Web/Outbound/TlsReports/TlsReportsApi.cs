using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Web.Access;
using Ptt.Web.Http;

namespace Ptt.Web.Outbound.TlsReports;

/// <summary><c>/api/v1/tls-reports</c>: what was seen of other domains' TLS, and what they were told of it.</summary>
internal static class TlsReportsApi
{
    public static void MapTlsReportsApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder reports = app.MapApi("/tls-reports").RequireAuthorization(Scopes.QueueRead);
        reports.MapGet("", List).WithSummary("TLS sessions by day and domain, the newest first, and what came of the report about them");
        reports.MapGet("/{day}/{domain}", Find).WithSummary("What the report about a day says of its policies (RFC 8460 §4.4)");
    }

    private static Results<Ok<Page<TlsReportLine>>, ProblemHttpResult> List(
        HttpContext http, TlsReportBook book, [Description("Part of the domain")] string? domain = null, [Description("The oldest day before the newest")] bool? oldestFirst = null,
        [Description("What next held in the page before")] string? cursor = null, [Description("1 to 200, usually 50")] int? limit = null)
    {
        (DateOnly, string)? after = null;
        if (cursor is not null)
        {
            if (!Cursor.TryDecode(cursor, 2, out string[]? key) || !DateOnly.TryParseExact(key[0], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day))
            {
                return Problems.Invalid(Paging.CursorFault);
            }

            after = (day, key[1]);
        }

        if (Paging.Limit(limit) is not { } count)
        {
            return Problems.Invalid(Paging.LimitFault);
        }

        IReadOnlyList<TlsReportLine> items = book.List(domain, after, count, oldestFirst == true);
        string? next = items.Count == count ? Cursor.Encode(items[^1].Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), items[^1].Domain) : null;
        Paging.LinkNext(http, next);
        return TypedResults.Ok(new Page<TlsReportLine>(items, next));
    }

    private static Results<Ok<Page<TlsReportedPolicy>>, ProblemHttpResult> Find(DateOnly day, string domain, TlsReportBook book) =>
        book.Policies(day, domain.ToLowerInvariant()) is { Count: > 0 } policies
            ? TypedResults.Ok(new Page<TlsReportedPolicy>(policies, null))
            : Problems.NotFound("No session with that domain on that day.");
}
