using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Web.Access;
using Ptt.Web.Http;

namespace Ptt.Web.Backups;

/// <summary><c>/api/v1/backups</c>.</summary>
internal static class BackupsApi
{
    public static void MapBackupsApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder read = app.MapApi("/backups").RequireAuthorization(Scopes.SystemRead);
        read.MapGet("", List).WithSummary("The archives on this machine, the newest first, and the one that is being written");
        read.MapGet("/{id}", Find).WithSummary("One backup, and how far it is");
        RouteGroupBuilder write = app.MapApi("/backups").RequireAuthorization(Scopes.SystemWrite);
        write.MapPost("", Start).WithSummary("Make a backup; while one is being written, that one is answered");
        write.MapDelete("/{id}", RemoveAsync).WithSummary("Remove an archive");
    }

    private static Ok<Page<BackupView>> List(BackupStore store) => TypedResults.Ok(new Page<BackupView>(
        [.. store.Job is { } job && store.Find(job.Id) is null ? [BackupView.Of(job, null)] : Array.Empty<BackupView>(), .. store.List().Select(f => BackupView.Of(JobOf(store, f.Id), f))], null));

    private static Results<Ok<BackupView>, ProblemHttpResult> Find(string id, BackupStore store) =>
        (JobOf(store, id), store.Find(id)) is var (job, file) && (job is not null || file is not null) ? TypedResults.Ok(BackupView.Of(job, file)) : Problems.NotFound();

    private static Accepted<BackupView> Start(HttpContext http, BackupStore store)
    {
        BackupJob job = store.Start(http.User.ActorName());
        return TypedResults.Accepted($"/api/v1/backups/{job.Id}", BackupView.Of(job, null));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(string id, HttpContext http, BackupStore store) =>
        await store.RemoveAsync(id, http.User.ActorName()) ? TypedResults.NoContent() : Problems.NotFound();

    private static BackupJob? JobOf(BackupStore store, string id) => store.Job is { } job && job.Id == id ? job : null;
}

/// <summary><paramref name="State"/>: running, done or failed. <paramref name="Size"/> is the archive's, null while there is none; <paramref name="Progress"/> is null after a restart.</summary>
internal sealed record BackupView(
    string Id, string State, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string? By, long? Size, BackupProgressView? Progress, string? Fault)
{
    /// <summary>One of the two is there.</summary>
    public static BackupView Of(BackupJob? job, BackupFile? file) => new(
        job?.Id ?? file!.Id, file is not null ? "done" : job!.EndedAt is null ? "running" : "failed", job?.StartedAt ?? file!.At, job?.EndedAt, job?.By, file?.Octets,
        job is null ? null : new(job.Progress.Files, job.Progress.FilesDone, job.Progress.Octets, job.Progress.OctetsDone, job.Progress.File), job?.Fault);
}

internal sealed record BackupProgressView(int Files, int FilesDone, long Octets, long OctetsDone, string? File);
