using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Ui;

namespace Ptt.Web.Queue.Webhooks;

/// <summary>The webhooks as tables, and what the buttons of their pages do.</summary>
internal static class WebhookPages
{
    public static void MapWebhookPages(this WebApplication app)
    {
        app.MapPost("/webhooks/test", Test).AsVerb(Scopes.SystemWrite);
        app.MapPost("/webhooks/replay", Replay).AsVerb(Scopes.SystemWrite);
        app.MapPost("/webhooks/rotate", RotateAsync).AsVerb(Scopes.SystemWrite);
        app.MapPost("/webhooks/remove", RemoveAsync).AsVerb(Scopes.SystemWrite);
        app.MapPost("/webhooks/change", ChangeAsync).AsVerb(Scopes.SystemWrite);
        app.MapGet("/webhooks.csv", (HttpRequest request, WebhookStore store) => CsvFile.Of(
                "webhooks", ["id", "url", "events", "created", "disabled"],
                Select(store, TableQuery.Of(request)).Select(e => (IReadOnlyList<string?>)
                    [e.Id, e.Url.AbsoluteUri, string.Join(' ', e.Events), CsvFile.Instant(e.Created), e.Disabled]).ToAsyncEnumerable()))
            .RequireAuthorization(Scopes.SystemRead).ExcludeFromDescription();
        app.MapGet("/webhooks/{id}.csv", (string id, HttpRequest request, WebhookStore store) => CsvFile.Of(
                "events", ["id", "type", "created", "attempts", "next_try", "dead", "result"],
                store.Undelivered(id, DeadOf(TableQuery.Of(request)), null, 100_000, IsOldestFirst(TableQuery.Of(request))).Select(e => (IReadOnlyList<string?>)
                    [e.Id, e.Type, CsvFile.Instant(e.Created), CsvFile.Number(e.Attempts), CsvFile.Instant(e.NextTry), e.Dead ? "yes" : "no", e.Result]).ToAsyncEnumerable()))
            .RequireAuthorization(Scopes.SystemRead).ExcludeFromDescription();
    }

    public static bool? DeadOf(TableQuery query) => query["dead"] switch { "yes" => true, "no" => false, _ => null };

    public static bool IsOldestFirst(TableQuery query) => query["sort"] == "created";

    public static IEnumerable<WebhookEndpoint> Select(WebhookStore store, TableQuery query)
    {
        IEnumerable<WebhookEndpoint> found = store.Endpoints.Where(e => e.Url.AbsoluteUri.Contains(query.Search, StringComparison.OrdinalIgnoreCase));
        return query.Sort == "created" ? query.Order(found, e => e.Created) : query.Order(found, e => e.Url.AbsoluteUri, StringComparer.Ordinal);
    }

    /// <summary>The address, when it and the events can be taken; else what is wrong.</summary>
    public static (Uri? Url, IReadOnlyList<Fault> Faults) Check(string? url, IReadOnlyList<string?>? events) =>
        WebhooksApi.IsValid(new NewWebhook { Url = url, Events = events }, out Uri? valid, out List<Fault> faults) ? (valid, faults) : (null, faults);

    private static string Test([FromForm] string id, WebhookStore store, TimeProvider time, Flash flash, ITexts texts)
    {
        if (store.Find(id) is { } endpoint)
        {
            WebhooksApi.PutTest(endpoint, store, time);
            flash.Good(texts["A test event is on its way. If it is not taken, it appears below."]);
        }

        return FormVerbs.Back;
    }

    private static string Replay([FromForm] string id, [FromForm] long? n, WebhookStore store, Flash flash, ITexts texts)
    {
        flash.Good(texts["{0} dead letters are tried again.", Span.Count(store.Replay(id, n))]);
        return FormVerbs.Back;
    }

    private static async Task<string> RotateAsync(HttpContext http, [FromForm] string id, WebhookStore store, IAuditLog audit, Flash flash, ITexts texts)
    {
        if (store.Find(id) is { } endpoint)
        {
            endpoint = store.Rotate(endpoint);
            await audit.RecordAsync(http.User.ActorName(), "webhook.rotate", id, null, CancellationToken.None);
            flash.Good(texts["The new secret, shown this once: {0}", endpoint.Secret]);   // the message is sealed on its way and gone after it is shown
        }

        return FormVerbs.Back;
    }

    private static async Task<string> RemoveAsync(HttpContext http, [FromForm] string id, [FromForm] string? typed, WebhookStore store, IAuditLog audit, Flash flash, ITexts texts)
    {
        if (store.Find(id) is not { } endpoint)
        {
            return "/webhooks";
        }

        if (typed != endpoint.Url.Host)
        {
            flash.Bad(texts["What had to be typed was not; nothing was done."]);
            return "/webhooks/" + id;
        }

        store.Remove(id);
        await audit.RecordAsync(http.User.ActorName(), "webhook.remove", id, null, CancellationToken.None);
        flash.Good(texts["It is removed."]);
        return "/webhooks";
    }

    /// <summary>What a form changes, in short: it is refused when that has changed since the form was shown.</summary>
    public static string Seen(WebhookEndpoint endpoint) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{endpoint.Url.AbsoluteUri}\n{string.Join('\n', endpoint.Events)}")).AsSpan(0, 8));

    private static async Task<string> ChangeAsync(HttpContext http, [FromForm] string id, [FromForm] string? url, [FromForm] string? seen, WebhookStore store, IAuditLog audit, Flash flash, ITexts texts)
    {
        if (store.Find(id) is not { } endpoint)
        {
            return "/webhooks";
        }

        if (seen is not null && seen != Seen(endpoint))
        {
            flash.Bad(texts["Someone else changed this in the meantime. Look at it again before you change it."]);
            return FormVerbs.Back;
        }

        string?[] events = [.. http.Request.Form["events"].Distinct()];
        (Uri? valid, _) = Check(url, events);
        if (valid is null)
        {
            flash.Bad(texts["It needs an http or https address without a user name, and at least one event."]);
            return FormVerbs.Back;
        }

        store.Save(endpoint with { Url = valid, Events = [.. events.OfType<string>()], Disabled = null });
        await audit.RecordAsync(http.User.ActorName(), "webhook.change", id, valid.Host, CancellationToken.None);
        flash.Good(texts["Saved."]);
        return FormVerbs.Back;
    }
}
