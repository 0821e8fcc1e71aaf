using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Web.Access;
using Ptt.Web.Http;

namespace Ptt.Web.Queue.Webhooks;

/// <summary><c>/api/v1/webhooks</c>. A secret is shown when it is made and never again.</summary>
internal static class WebhooksApi
{
    public static void MapWebhooksApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder read = app.MapApi("/webhooks").RequireAuthorization(Scopes.SystemRead);
        read.MapGet("", (WebhookStore store) => TypedResults.Ok(new Page<WebhookView>([.. store.Endpoints.OrderBy(e => e.Id).Select(WebhookView.Of)], null)))
            .WithSummary("All webhooks");
        read.MapGet("/{id}", Find).WithSummary("One webhook");
        read.MapGet("/{id}/events", Events).WithSummary("Events that it has not taken, the newest first; dead letters with dead=true");

        RouteGroupBuilder write = app.MapApi("/webhooks").RequireAuthorization(Scopes.SystemWrite);
        write.MapPost("", AddAsync).WithSummary("Add a webhook; its secret is shown this once");
        write.MapPut("/{id}", ReplaceAsync).WithSummary("Change a webhook; also enables it again");
        write.MapDelete("/{id}", RemoveAsync).WithSummary("Remove a webhook and its events");
        write.MapPost("/{id}/rotate", RotateAsync).WithSummary("A new secret; the old one signs beside it for a day");
        write.MapPost("/{id}/test", SendTest).WithSummary("Send a test event");
        write.MapPost("/{id}/replay", (string id, WebhookStore store) => Replay(id, null, store)).WithSummary("Try all dead letters again");
        write.MapPost("/{id}/events/{n}/replay", (string id, long n, WebhookStore store) => Replay(id, n, store)).WithSummary("Try one dead letter again");
    }

    private static Results<Ok<WebhookView>, ProblemHttpResult> Find(string id, WebhookStore store) =>
        store.Find(id) is { } endpoint ? TypedResults.Ok(WebhookView.Of(endpoint)) : Problems.NotFound();

    private static Results<Ok<Page<OutgoingEvent>>, ProblemHttpResult> Events(
        string id, HttpContext http, WebhookStore store, bool? dead = null, [Description("The oldest before the newest")] bool? oldestFirst = null, string? cursor = null, int? limit = null)
    {
        long? beyond = null;
        if (cursor is not null)
        {
            if (!Cursor.TryDecode(cursor, 1, out string[]? key) || !long.TryParse(key[0], NumberStyles.None, CultureInfo.InvariantCulture, out long n))
            {
                return Problems.Invalid(Paging.CursorFault);
            }

            beyond = n;
        }

        if (Paging.Limit(limit) is not { } count)
        {
            return Problems.Invalid(Paging.LimitFault);
        }

        if (store.Find(id) is null)
        {
            return Problems.NotFound();
        }

        List<OutgoingEvent> events = store.Undelivered(id, dead, beyond, count, oldestFirst == true);
        string? next = events.Count == count ? Cursor.Encode(events[^1].N.ToString(CultureInfo.InvariantCulture)) : null;
        Paging.LinkNext(http, next);
        return TypedResults.Ok(new Page<OutgoingEvent>(events, next));
    }

    private static async Task<Results<Created<NewWebhookView>, ProblemHttpResult>> AddAsync(
        NewWebhook body, HttpContext http, WebhookStore store, IAuditLog audit, CancellationToken cancellationToken)
    {
        if (!IsValid(body, out Uri? url, out List<Fault> faults))
        {
            return Problems.Invalid(faults);
        }

        WebhookEndpoint endpoint = store.Add(url!, [.. body.Events!.OfType<string>().Distinct()]);
        await audit.RecordAsync(http.User.ActorName(), "webhook.add", endpoint.Id, endpoint.Url.Host, cancellationToken);
        return TypedResults.Created($"/api/v1/webhooks/{endpoint.Id}", new NewWebhookView(WebhookView.Of(endpoint), endpoint.Secret));
    }

    private static async Task<Results<Ok<WebhookView>, ProblemHttpResult>> ReplaceAsync(
        string id, NewWebhook body, HttpContext http, WebhookStore store, IAuditLog audit, CancellationToken cancellationToken)
    {
        if (store.Find(id) is not { } endpoint)
        {
            return Problems.NotFound();
        }

        if (!IsValid(body, out Uri? url, out List<Fault> faults))
        {
            return Problems.Invalid(faults);
        }

        endpoint = endpoint with { Url = url!, Events = [.. body.Events!.OfType<string>().Distinct()], Disabled = null };
        store.Save(endpoint);
        await audit.RecordAsync(http.User.ActorName(), "webhook.change", id, endpoint.Url.Host, cancellationToken);
        return TypedResults.Ok(WebhookView.Of(endpoint));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(
        string id, HttpContext http, WebhookStore store, IAuditLog audit, CancellationToken cancellationToken)
    {
        if (store.Find(id) is null)
        {
            return Problems.NotFound();
        }

        store.Remove(id);
        await audit.RecordAsync(http.User.ActorName(), "webhook.remove", id, null, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<NewWebhookView>, ProblemHttpResult>> RotateAsync(
        string id, HttpContext http, WebhookStore store, IAuditLog audit, CancellationToken cancellationToken)
    {
        if (store.Find(id) is not { } endpoint)
        {
            return Problems.NotFound();
        }

        endpoint = store.Rotate(endpoint);
        await audit.RecordAsync(http.User.ActorName(), "webhook.rotate", id, null, cancellationToken);
        return TypedResults.Ok(new NewWebhookView(WebhookView.Of(endpoint), endpoint.Secret));
    }

    private static Results<Accepted, ProblemHttpResult> SendTest(string id, WebhookStore store, TimeProvider time)
    {
        if (store.Find(id) is not { } endpoint)
        {
            return Problems.NotFound();
        }

        PutTest(endpoint, store, time);
        return TypedResults.Accepted((string?)null);
    }

    internal static void PutTest(WebhookEndpoint endpoint, WebhookStore store, TimeProvider time)
    {
        string name = Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        store.Put([new WebhookEvent("evt_test_" + name, name, WebhookSender.Test, """{"type":"test"}"""u8.ToArray())], [endpoint]);
    }

    private static Results<Ok<Replayed>, ProblemHttpResult> Replay(string id, long? n, WebhookStore store) =>
        store.Find(id) is null ? Problems.NotFound() : TypedResults.Ok(new Replayed(store.Replay(id, n)));

    internal static bool IsValid(NewWebhook body, out Uri? url, out List<Fault> faults)
    {
        faults = [];
        if (!Uri.TryCreate(body.Url, UriKind.Absolute, out url) || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0 || body.Url!.Length > 2000)
        {
            faults.Add(new Fault("/url", "must be an http or https address without a user name"));
        }

        if (body.Events is not { Count: > 0 })
        {
            faults.Add(new Fault("/events", "must name at least one event"));
        }

        foreach ((int i, string? type) in (body.Events ?? []).Index())
        {
            if (!WebhookEvent.Types.Contains(type))
            {
                faults.Add(new Fault($"/events/{i}", $"is none of {string.Join(", ", WebhookEvent.Types)}"));
            }
        }

        return faults.Count == 0;
    }
}

internal sealed record NewWebhook
{
    public string? Url { get; init; }

    [Description("message.accepted, message.delivered, …")]
    public IReadOnlyList<string?>? Events { get; init; }
}

/// <summary><paramref name="Disabled"/>: why nothing is sent; null when it is.</summary>
internal sealed record WebhookView(string Id, string Url, IReadOnlyList<string> Events, DateTimeOffset Created, string? Disabled)
{
    public static WebhookView Of(WebhookEndpoint endpoint) => new(endpoint.Id, endpoint.Url.AbsoluteUri, endpoint.Events, endpoint.Created, endpoint.Disabled);
}

internal sealed record NewWebhookView(WebhookView Webhook, string Secret);

internal sealed record Replayed(int Events);
