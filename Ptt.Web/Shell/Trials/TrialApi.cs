using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Http;

namespace Ptt.Web.Shell.Trials;

/// <summary><c>/api/v1/test-messages</c>.</summary>
internal static class TrialApi
{
    public static void MapTrialApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder trials = app.MapApi("/test-messages").RequireAuthorization(Scopes.SystemWrite);
        trials.MapPost("", StartAsync).WithSummary("Send a test message through the whole chain");
        trials.MapGet("/{id}", Find).WithSummary("How far a test message is; the way after the queue is told by /messages");
    }

    private static async Task<Results<Accepted<TrialView>, ProblemHttpResult>> StartAsync(NewTrial body, HttpContext http, TrialPost post, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        if (!Mailbox.TryParse(body.From, out Mailbox? from))
        {
            faults.Add(new("/from", "is not a mail address"));
        }

        if (!Mailbox.TryParse(body.To, out Mailbox? to))
        {
            faults.Add(new("/to", "is not a mail address"));
        }

        if (body.Subject is { Length: > 200 })
        {
            faults.Add(new("/subject", "must be at most 200 characters"));
        }

        if (faults.Count > 0)
        {
            return Problems.Invalid(faults);
        }

        return await post.StartAsync(from!, to!, body.Subject ?? "A test of the post", http.User.ActorName(), cancellationToken) is { } trial
            ? TypedResults.Accepted($"/api/v1/test-messages/{trial.Id}", TrialView.Of(trial))
            : Problems.Invalid(new Fault("/from", "is no enabled user of ours"));
    }

    private static Results<Ok<TrialView>, ProblemHttpResult> Find(string id, TrialPost post) =>
        post.Find(id) is { } trial ? TypedResults.Ok(TrialView.Of(trial)) : Problems.NotFound();
}

internal sealed record NewTrial(string? From, string? To, string? Subject);

/// <summary><paramref name="Reply"/> is what the pipeline answered; null while it works. <paramref name="Message"/> names it in the trace.</summary>
internal sealed record TrialView(string Id, string From, string To, DateTimeOffset StartedAt, string? Reply, DateTimeOffset? RepliedAt, string? Message)
{
    public static TrialView Of(Trial trial) => new(trial.Id, trial.From, trial.To, trial.StartedAt, trial.Reply?.ToString(), trial.RepliedAt, trial.SpoolId?.ToString());
}
