using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Web.Http;

namespace Ptt.Web.Access;

/// <summary><c>GET /api/v1/audit</c>.</summary>
internal static class AuditApi
{
    public static void MapAudit(this IEndpointRouteBuilder app) =>
        app.MapApi("/audit").MapGet("", ListAsync).RequireAuthorization(Scopes.AuditRead)
            .WithSummary("Who changed what, the newest first");

    private static async Task<Results<Ok<Page<AuditEntry>>, ProblemHttpResult>> ListAsync(
        HttpContext http, IAuditLog log, CancellationToken cancellationToken,
        string? actor = null,
        [Description("A whole name (user.disable) or a beginning (user.)")] string? action = null,
        string? subject = null, DateTimeOffset? since = null, DateTimeOffset? until = null, [Description("The oldest before the newest")] bool? oldestFirst = null,
        [Description("What next held in the page before")] string? cursor = null,
        [Description("1 to 200, usually 50")] int? limit = null)
    {
        var faults = new List<Fault>();
        long before = 0;
        if (cursor is not null && !(Cursor.TryDecode(cursor, 1, out string[]? key) && long.TryParse(key[0], NumberStyles.None, CultureInfo.InvariantCulture, out before)))
        {
            faults.Add(Paging.CursorFault);
        }

        if (Paging.Limit(limit) is not { } count)
        {
            faults.Add(Paging.LimitFault);
            return Problems.Invalid(faults);
        }

        if (faults.Count > 0)
        {
            return Problems.Invalid(faults);
        }

        IReadOnlyList<AuditEntry> entries = await log.ReadAsync(
            new AuditFilter(actor, action, subject, since, until, oldestFirst == true), cursor is null ? null : before, count, cancellationToken);
        string? next = entries.Count == count ? Cursor.Encode(entries[^1].Id.ToString(CultureInfo.InvariantCulture)) : null;
        Paging.LinkNext(http, next);
        return TypedResults.Ok(new Page<AuditEntry>(entries, next));
    }
}
