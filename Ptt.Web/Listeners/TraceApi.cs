using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Smtp.Server;
using Ptt.Web.Access;
using Ptt.Web.Http;

namespace Ptt.Web.Listeners;

/// <summary>Sessions as they run, for whoever may see messages: <c>GET /api/v1/sessions/trace?of=ada@example.org</c> as server-sent events.</summary>
internal static class TraceApi
{
    public static void Map(WebApplication app) =>
        app.MapApi("/sessions").RequireAuthorization(Scopes.MessagesRead)
            .MapGet("/trace", Trace).WithSummary("Watch the sessions of an address or a login while they run; secrets are hidden");

    private static Results<ServerSentEventsResult<TraceView>, ProblemHttpResult> Trace(string of, SessionTraceHub hub, CancellationToken cancellationToken) =>
        hub.Watch(of) is { } watch
            ? TypedResults.ServerSentEvents(LinesAsync(watch, cancellationToken), eventType: "line")
            : TypedResults.Problem("Too many watch already.", statusCode: StatusCodes.Status429TooManyRequests);

    private static async IAsyncEnumerable<TraceView> LinesAsync(TraceWatch watch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using (watch)
        {
            await foreach (TraceLine line in watch.Reader.ReadAllAsync(cancellationToken))
            {
                yield return new TraceView(line.At, line.SessionId, line.Client.ToString(), line.Login, line.FromClient ? "C" : "S", line.Text);
            }
        }
    }
}

/// <summary>One line of a session. <paramref name="From"/> is C or S.</summary>
internal sealed record TraceView(DateTimeOffset At, string Session, string Client, string? Login, string From, string Text);
