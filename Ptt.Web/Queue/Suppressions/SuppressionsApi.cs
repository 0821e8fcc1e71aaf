using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Http;

namespace Ptt.Web.Queue.Suppressions;

/// <summary><c>/api/v1/suppressions</c>.</summary>
internal static class SuppressionsApi
{
    public static void MapSuppressionsApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder read = app.MapApi("/suppressions").RequireAuthorization(Scopes.QueueRead);
        read.MapGet("", List).WithSummary("Recipients to whom nothing is sent, by address");
        read.MapGet("/{address}", Find).WithSummary("One suppressed recipient");
        RouteGroupBuilder write = app.MapApi("/suppressions").RequireAuthorization(Scopes.QueueWrite);
        write.MapPost("", AddAsync).WithSummary("Send nothing more to a recipient");
        write.MapDelete("/{address}", RemoveAsync).WithSummary("Send to a recipient again");
    }

    private static Results<Ok<Page<Suppression>>, ProblemHttpResult> List(
        HttpContext http, SuppressionList list, [Description("Part of the address")] string? search = null,
        [Description("learned, manual or complaint")] string? origin = null, string? cursor = null, int? limit = null)
    {
        string[]? key = null;
        if (cursor is not null && !Cursor.TryDecode(cursor, 1, out key))
        {
            return Problems.Invalid(Paging.CursorFault);
        }

        if (Paging.Limit(limit) is not { } count)
        {
            return Problems.Invalid(Paging.LimitFault);
        }

        SuppressionOrigin? wanted = null;
        if (origin is not null)
        {
            if (!Enum.TryParse(origin, ignoreCase: true, out SuppressionOrigin parsed))
            {
                return Problems.Invalid(new Fault("/origin", "must be learned, manual or complaint"));
            }

            wanted = parsed;
        }

        IReadOnlyList<Suppression> items = list.List(search, wanted, key?[0], count);
        string? next = items.Count == count ? Cursor.Encode(items[^1].Address) : null;
        Paging.LinkNext(http, next);
        return TypedResults.Ok(new Page<Suppression>(items, next));
    }

    private static Results<Ok<Suppression>, ProblemHttpResult> Find(string address, SuppressionList list) =>
        Mailbox.TryParse(address, out Mailbox? mailbox) && list.Find(mailbox) is { } found ? TypedResults.Ok(found) : Problems.NotFound();

    private static async Task<Results<Created<Suppression>, ProblemHttpResult>> AddAsync(
        NewSuppression body, HttpContext http, SuppressionList list, TimeProvider time, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        if (!Mailbox.TryParse(body.Address, out Mailbox? mailbox))
        {
            faults.Add(new Fault("/address", "is not a mail address"));
        }

        if (body.Reason is { Length: > 200 } || body.Reason?.Any(c => c is < ' ' or > '~') == true)
        {
            faults.Add(new Fault("/reason", "must be at most 200 printable ASCII characters: senders read it in reports"));
        }

        if (body.Expires <= time.GetUtcNow())
        {
            faults.Add(new Fault("/expires", "is in the past"));
        }

        if (body.Origin == SuppressionOrigin.Learned)
        {
            faults.Add(new Fault("/origin", "must be manual or complaint"));
        }

        if (faults.Count > 0)
        {
            return Problems.Invalid(faults);
        }

        Suppression added = await list.AddAsync(
            mailbox!, body.Origin ?? SuppressionOrigin.Manual, body.Reason ?? "suppressed by an administrator", body.Expires, http.User.ActorName(), cancellationToken);
        return TypedResults.Created($"/api/v1/suppressions/{Uri.EscapeDataString(added.Address)}", added);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(
        string address, HttpContext http, SuppressionList list, CancellationToken cancellationToken) =>
        Mailbox.TryParse(address, out Mailbox? mailbox) && await list.RemoveAsync(mailbox, http.User.ActorName(), cancellationToken)
            ? TypedResults.NoContent() : Problems.NotFound();
}

internal sealed record NewSuppression
{
    public string? Address { get; init; }

    [Description("manual, when nothing is said, or complaint")]
    public SuppressionOrigin? Origin { get; init; }

    public string? Reason { get; init; }

    [Description("Never, when nothing is said")]
    public DateTimeOffset? Expires { get; init; }
}
