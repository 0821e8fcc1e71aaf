using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Web.Access;
using Ptt.Web.Alarms;
using Ptt.Web.Http;

namespace Ptt.Web.Shell.Notices;

/// <summary><c>/api/v1/alarms</c>.</summary>
internal static class AlarmsApi
{
    public static void MapAlarmsApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder read = app.MapApi("/alarms").RequireAuthorization(Scopes.SystemRead);
        read.MapGet("", (AlarmBoard board) => TypedResults.Ok(new Page<AlarmView>([.. board.Current.Select(AlarmView.Of)], null)))
            .WithSummary("What is wrong now, the worst first");
        read.MapGet("/{name}", Find).WithSummary("One alarm");
        RouteGroupBuilder write = app.MapApi("/alarms").RequireAuthorization(Scopes.SystemWrite);
        write.MapPost("/{name}/acknowledge", AcknowledgeAsync).WithSummary("Say that somebody sees to it: nobody is told again unless it becomes worse");
        write.MapDelete("/{name}/acknowledge", UnacknowledgeAsync).WithSummary("Take that back");
        write.MapPost("/{name}/silence", SilenceAsync).WithSummary("Tell nobody of it for some time, also if it comes and goes");
        write.MapDelete("/{name}/silence", EndSilenceAsync).WithSummary("End a silence");
    }

    private static Results<Ok<AlarmView>, ProblemHttpResult> Find(string name, AlarmBoard board) =>
        board.Find(name) is { } alarm ? TypedResults.Ok(AlarmView.Of(alarm)) : Problems.NotFound("No such alarm is in force.");

    private static async Task<Results<Ok<AlarmView>, ProblemHttpResult>> AcknowledgeAsync(string name, HttpContext http, AlarmBoard board, IAuditLog audit)
    {
        if (!board.Acknowledge(name, http.User.ActorName()))
        {
            return Problems.NotFound("No such alarm is in force.");
        }

        await audit.RecordAsync(http.User.ActorName(), "alarm.acknowledge", name, null, CancellationToken.None);
        return Find(name, board);
    }

    private static async Task<Results<Ok<AlarmView>, ProblemHttpResult>> UnacknowledgeAsync(string name, HttpContext http, AlarmBoard board, IAuditLog audit)
    {
        if (!board.Unacknowledge(name))
        {
            return Problems.NotFound("No such alarm is in force.");
        }

        await audit.RecordAsync(http.User.ActorName(), "alarm.unacknowledge", name, null, CancellationToken.None);
        return Find(name, board);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> SilenceAsync(
        string name, NewSilence body, HttpContext http, AlarmBoard board, IAuditLog audit, TimeProvider time)
    {
        if (body.Hours is not (>= 1 and <= AlarmPages.MostHours))
        {
            return Problems.Invalid(new Fault("/hours", $"must be from 1 to {AlarmPages.MostHours}"));
        }

        board.Silence(name, time.GetUtcNow().AddHours(body.Hours.Value), http.User.ActorName());
        await audit.RecordAsync(http.User.ActorName(), "alarm.silence", name, $"{body.Hours} h", CancellationToken.None);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> EndSilenceAsync(string name, HttpContext http, AlarmBoard board, IAuditLog audit)
    {
        if (!board.EndSilence(name))
        {
            return Problems.NotFound("It is not silenced.");
        }

        await audit.RecordAsync(http.User.ActorName(), "alarm.unsilence", name, null, CancellationToken.None);
        return TypedResults.NoContent();
    }
}

internal sealed record NewSilence([property: Description("1 to 720")] int? Hours);

/// <summary><paramref name="Link"/> is the page that mends it; <paramref name="Text"/> is English.</summary>
internal sealed record AlarmView(
    string Name, AlarmSeverity Severity, string Text, string? Link, DateTimeOffset Since, DateTimeOffset LastSeen, Mark? Acknowledged, Silence? Silenced)
{
    public static AlarmView Of(Alarm alarm) =>
        new(alarm.Name, alarm.Severity, alarm.Text, alarm.Link, alarm.Since, alarm.LastSeen, alarm.Acknowledged, alarm.Silenced);
}
