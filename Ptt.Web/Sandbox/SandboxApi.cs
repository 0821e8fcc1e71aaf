using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Web.Http;

namespace Ptt.Web.Sandbox;

/// <summary>What arrived, for scripts. Open to anyone who reaches the port: the sandbox is on loopback and holds nothing of value.</summary>
internal static class SandboxApi
{
    public static void MapSandboxApi(this WebApplication app)
    {
        RouteGroupBuilder group = app.MapApi("/sandbox").AllowAnonymous();
        group.MapGet("/messages", (SandboxInbox inbox) => TypedResults.Json(inbox.Messages.Select(View), SandboxJson.Default.IEnumerableSandboxMessageView)).Produces<SandboxMessageView[]>().WithSummary("What arrived");
        group.MapGet("/messages/{id}", Results<JsonHttpResult<SandboxMessageView>, NotFound> (string id, SandboxInbox inbox) =>
            inbox.Find(id) is { } message ? TypedResults.Json(View(message), SandboxJson.Default.SandboxMessageView) : TypedResults.NotFound()).Produces<SandboxMessageView>().WithSummary("One message that arrived");
        group.MapGet("/messages/{id}/raw", Results<FileContentHttpResult, NotFound> (string id, SandboxInbox inbox) =>
            inbox.Find(id) is { } message ? TypedResults.Bytes(message.Raw, "message/rfc822") : TypedResults.NotFound());
        group.MapDelete("/messages", (SandboxInbox inbox) =>
        {
            inbox.Clear();
            return TypedResults.NoContent();
        });
    }

    private static SandboxMessageView View(SandboxMessage m) =>
        new(m.Id, m.ReceivedAt, m.MailFrom, m.RcptTo, m.Subject, m.From, m.Size, m.Tls, m.Signatures);
}

internal sealed record SandboxMessageView(
    string Id, DateTimeOffset ReceivedAt, string MailFrom, IReadOnlyList<string> RcptTo, string Subject, string From, int Size, string? Tls,
    IReadOnlyList<SandboxSignature> Signatures);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IEnumerable<SandboxMessageView>))]
internal sealed partial class SandboxJson : JsonSerializerContext;
