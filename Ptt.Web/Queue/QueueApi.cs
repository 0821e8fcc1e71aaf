using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Ptt.Dns;
using Ptt.Smtp.Relay;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Web.Queue;

/// <summary><c>/api/v1/queue</c>: what waits, and the orders that can be given about it, one by one or for all that a filter finds.</summary>
internal static class QueueApi
{
    public static void MapQueueApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder read = app.MapApi("/queue").RequireAuthorization(Scopes.QueueRead);
        read.MapGet("", List).WithSummary("The queue, the newest first; every filter narrows it");
        read.MapGet("/counts", (QueueService queue) => TypedResults.Ok(queue.Counts())).WithSummary("How much waits and how");
        read.MapGet("/destinations", (Destinations destinations) => TypedResults.Ok(new Page<DestinationView>(destinations.List(), null)))
            .WithSummary("The queue by destination, the fullest first");
        read.MapGet("/jobs", (QueueService queue) => TypedResults.Ok(new Page<QueueJob>(queue.Jobs, null))).WithSummary("Bulk orders of the last hour");
        read.MapGet("/jobs/{job}", FindJob).WithSummary("How far a bulk order is");
        read.MapGet("/{id}", Find).WithSummary("One message: its deliveries, their states and next tries");
        read.MapGet("/{id}/header", HeaderAsync).WithSummary("The header fields as accepted").Produces<string>(contentType: "text/plain");
        app.MapApi("/queue").MapGet("/{id}/raw", RawAsync).RequireAuthorization(Scopes.MessagesRead)
            .WithSummary("The whole message; who reads it is audited").Produces<byte[]>(contentType: "message/rfc822");

        RouteGroupBuilder write = app.MapApi("/queue").RequireAuthorization(Scopes.QueueWrite);
        RouteGroupBuilder retry = app.MapApi("/queue").RequireAuthorization(Scopes.QueueRetry);
        foreach (QueueVerb verb in Enum.GetValues<QueueVerb>().Where(v => v != QueueVerb.Drop))
        {
            string name = verb.ToString().ToLowerInvariant();
            RouteGroupBuilder may = QueuePages.ScopeOf(verb) == Scopes.QueueRetry ? retry : write;
            may.MapPost("/{id}/" + name, (string id, [FromBody(EmptyBodyBehavior = Microsoft.AspNetCore.Mvc.ModelBinding.EmptyBodyBehavior.Allow)] Order? body, HttpContext http, QueueService queue, CancellationToken cancellationToken) =>
                OrderAsync(id, verb, body, http, queue, cancellationToken)).WithSummary($"{verb} one message");
            may.MapPost("/" + name, (BulkOrder body, HttpContext http, QueueService queue, CancellationToken cancellationToken) =>
                OrderAllAsync(verb, body, http, queue, cancellationToken)).WithSummary($"{verb} all that the filter finds, in the background");
        }

        write.MapDelete("/{id}", (string id, HttpContext http, QueueService queue, CancellationToken cancellationToken) =>
            DropAsync(id, http, queue, cancellationToken)).WithSummary("Forget one message, without a report");
        write.MapPost("/drop", (BulkOrder body, HttpContext http, QueueService queue, CancellationToken cancellationToken) =>
            OrderAllAsync(QueueVerb.Drop, body, http, queue, cancellationToken)).WithSummary("Forget all that the filter finds, in the background");
        write.MapPost("/destinations/{destination}/pause", PauseAsync).WithSummary("Nothing goes there until it is resumed");
        write.MapPost("/destinations/{destination}/resume", ResumeAsync).WithSummary("End a pause");
    }

    private static Results<Ok<QueuePage>, ProblemHttpResult> List(
        HttpContext http, QueueService queue, [AsParameters] QueueFilter filter,
        [Description("What next held in the page before")] string? cursor = null, [Description("1 to 200, usually 50")] int? limit = null)
    {
        string[]? key = null;
        if (cursor is not null && !(Cursor.TryDecode(cursor, 1, out key) && long.TryParse(key[0], System.Globalization.CultureInfo.InvariantCulture, out _)))
        {
            return Problems.Invalid(Paging.CursorFault);
        }

        if (Paging.Limit(limit) is not { } count)
        {
            return Problems.Invalid(Paging.LimitFault);
        }

        if (!HasState(filter))
        {
            return Problems.Invalid(StateFault("/state"));
        }

        QueuePage page = queue.List(filter, key?[0], count);
        page = page with { Next = page.Next is null ? null : Cursor.Encode(page.Next) };
        Paging.LinkNext(http, page.Next);
        return TypedResults.Ok(page);
    }

    private static Results<Ok<QueuedDetail>, ProblemHttpResult> Find(string id, QueueService queue) =>
        SpoolId.TryParse(id, out SpoolId spoolId) && queue.Find(spoolId) is { } detail ? TypedResults.Ok(detail) : Gone();

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> HeaderAsync(string id, QueueService queue, CancellationToken cancellationToken) =>
        SpoolId.TryParse(id, out SpoolId spoolId) && await queue.HeaderAsync(spoolId, cancellationToken) is { } header
            ? TypedResults.Text(header, "text/plain; charset=utf-8") : Gone();

    private static async Task<Results<PushStreamHttpResult, ProblemHttpResult>> RawAsync(
        string id, HttpContext http, QueueService queue, CancellationToken cancellationToken)
    {
        if (!SpoolId.TryParse(id, out SpoolId spoolId) || await queue.OpenAsync(spoolId, http.User.ActorName(), cancellationToken) is not { } content)
        {
            return Gone();
        }

        return TypedResults.Stream(async stream =>
        {
            await using (content)
            {
                await content.CopyToAsync(stream, cancellationToken);
            }
        }, "message/rfc822", fileDownloadName: id + ".eml");
    }

    private static async Task<Results<Ok<QueuedDetail>, NoContent, ProblemHttpResult>> OrderAsync(
        string id, QueueVerb verb, Order? body, HttpContext http, QueueService queue, CancellationToken cancellationToken)
    {
        if (!SpoolId.TryParse(id, out SpoolId spoolId) || queue.Find(spoolId) is null)
        {
            return Gone();
        }

        if (FaultsOf(verb, body?.Reason, body?.NextHop) is { Count: > 0 } faults)
        {
            return Problems.Invalid(faults);
        }

        await queue.OrderAsync([spoolId], new QueueOrder(verb, http.User.ActorName(), TextOf(verb, body?.Reason, body?.NextHop)), cancellationToken);
        return queue.Find(spoolId) is { } detail ? TypedResults.Ok(detail) : TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DropAsync(string id, HttpContext http, QueueService queue, CancellationToken cancellationToken) =>
        SpoolId.TryParse(id, out SpoolId spoolId)
        && await queue.OrderAsync([spoolId], new QueueOrder(QueueVerb.Drop, http.User.ActorName()), cancellationToken) > 0
            ? TypedResults.NoContent() : Gone();

    private static async Task<Results<Accepted<QueueJob>, ProblemHttpResult>> OrderAllAsync(
        QueueVerb verb, BulkOrder body, HttpContext http, QueueService queue, CancellationToken cancellationToken)
    {
        List<Fault> faults = FaultsOf(verb, body.Reason, body.NextHop);
        if (body.Filter is null)
        {
            faults.Add(new Fault("/filter", "must be there; an empty object means every message"));
        }

        else if (!HasState(body.Filter))
        {
            faults.Add(StateFault("/filter/state"));
        }

        if (faults.Count > 0)
        {
            return Problems.Invalid(faults);
        }

        QueueJob job = await queue.OrderAllAsync(
            body.Filter!, new QueueOrder(verb, http.User.ActorName(), TextOf(verb, body.Reason, body.NextHop)), cancellationToken);
        return TypedResults.Accepted($"/api/v1/queue/jobs/{job.Id}", job);
    }

    private static Results<Ok<QueueJob>, ProblemHttpResult> FindJob(string job, QueueService queue) =>
        queue.FindJob(job) is { } found ? TypedResults.Ok(found) : Problems.NotFound("There is no such bulk order, or it ended more than an hour ago.");

    private static async Task<Results<NoContent, ProblemHttpResult>> PauseAsync(
        string destination, [FromBody(EmptyBodyBehavior = Microsoft.AspNetCore.Mvc.ModelBinding.EmptyBodyBehavior.Allow)] Order? body, HttpContext http, Destinations destinations, CancellationToken cancellationToken)
    {
        if (!destination.StartsWith('[') && (!DomainName.TryParse(destination, out DomainName name) || name.IsRoot))
        {
            return Problems.Invalid(new Fault("/destination", "is not a domain name or an address literal"));
        }

        if (FaultsOf(QueueVerb.Hold, body?.Reason, null) is { Count: > 0 } faults)
        {
            return Problems.Invalid(faults);
        }

        await destinations.PauseAsync(destination, body?.Reason ?? "", http.User.ActorName(), cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> ResumeAsync(
        string destination, HttpContext http, Destinations destinations, CancellationToken cancellationToken) =>
        await destinations.ResumeAsync(destination, http.User.ActorName(), cancellationToken) ? TypedResults.NoContent() : Problems.NotFound("It is not paused.");

    private static bool HasState(QueueFilter filter) =>
        filter.State is null || Enum.GetNames<QueueState>().Contains(filter.State, StringComparer.OrdinalIgnoreCase);

    private static Fault StateFault(string pointer) => new(pointer, "must be active, waiting, deferred or held");

    private static ProblemHttpResult Gone() => Problems.NotFound("The queue has no such message. What has left it is under /api/v1/messages.");

    private static string? TextOf(QueueVerb verb, string? reason, string? nextHop) => verb == QueueVerb.Reroute ? nextHop : reason;

    private static List<Fault> FaultsOf(QueueVerb verb, string? reason, string? nextHop)
    {
        var faults = new List<Fault>();
        if (reason is { Length: > 200 } || reason?.Any(c => char.IsControl(c) || verb == QueueVerb.Bounce && c > '~') == true)
        {
            faults.Add(new Fault("/reason", "must be at most 200 printable characters; ASCII where it goes into a report"));
        }

        if (verb == QueueVerb.Reroute && !NextHop.IsValid(nextHop))
        {
            faults.Add(new Fault("/nextHop", "must be host:port"));
        }

        return faults;
    }
}

/// <summary>What may go with an order: why, and for a reroute where to.</summary>
internal sealed record Order
{
    [Description("For hold, bounce and pause: why")]
    public string? Reason { get; init; }

    [Description("For reroute: host:port")]
    public string? NextHop { get; init; }
}

internal sealed record BulkOrder
{
    [Description("Which messages; an empty object means all of them")]
    public QueueFilter? Filter { get; init; }

    public string? Reason { get; init; }

    public string? NextHop { get; init; }
}
