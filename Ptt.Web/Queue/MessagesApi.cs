using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Smtp.Relay;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Queue.Tracing;

namespace Ptt.Web.Queue;

/// <summary><c>/api/v1/messages</c>: the trace.</summary>
internal static class MessagesApi
{
    private static readonly string[] States = ["queued", "held", "delivered", "deferred", "failed", "expired", "dropped", "suppressed"];

    public static void MapMessagesApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder messages = app.MapApi("/messages").RequireAuthorization(Scopes.MessagesRead);
        messages.MapGet("", SearchAsync).WithSummary("What happened to messages, the newest first; kept after they left the queue");
        messages.MapGet("/{id}", FindAsync).WithSummary("One message with every attempt, the remote's words and the TLS facts");
    }

    private static async Task<Results<Ok<TracePage>, ProblemHttpResult>> SearchAsync(
        HttpContext http, TraceService trace, [AsParameters] TraceFilter filter, CancellationToken cancellationToken,
        [Description("What next held in the page before")] string? cursor = null, [Description("1 to 200, usually 50")] int? limit = null)
    {
        SpoolId? before = null;
        if (cursor is not null)
        {
            if (!Cursor.TryDecode(cursor, 1, out string[]? key) || !SpoolId.TryParse(key[0], out SpoolId id))
            {
                return Problems.Invalid(Paging.CursorFault);
            }

            before = id;
        }

        if (Paging.Limit(limit) is not { } count)
        {
            return Problems.Invalid(Paging.LimitFault);
        }

        if (filter.State is not null && !States.Contains(filter.State))
        {
            return Problems.Invalid(new Fault("/state", $"must be one of {string.Join(", ", States)}"));
        }

        TracePage page = await trace.SearchAsync(filter, before, count, cancellationToken);
        page = page with { Next = page.Next is null ? null : Cursor.Encode(page.Next) };
        Paging.LinkNext(http, page.Next);
        return TypedResults.Ok(page);
    }

    private static async Task<Results<Ok<TracedStory>, ProblemHttpResult>> FindAsync(string id, TraceService trace, CancellationToken cancellationToken) =>
        SpoolId.TryParse(id, out SpoolId spoolId) && await trace.FindAsync(spoolId, cancellationToken) is { } story
            ? TypedResults.Ok(story) : Problems.NotFound("Nothing is known of such a message, or no more.");
}
