using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;
using Ptt.Web.Users.Sync;

namespace Ptt.Web.Users.Api;

/// <summary><c>/api/v1/git</c>: how we stand to the users' repository, and the hook that its forge calls.</summary>
internal static class GitApi
{
    private const int MaxHook = 1024 * 1024;

    public static void MapGitApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder git = app.MapApi("/git");
        git.MapGet("", (UserService users) => TypedResults.Ok(users.Sync)).RequireAuthorization(Scopes.UsersRead).WithSummary("How we stand to the users' repository");
        git.MapPost("/sync", SyncAsync).RequireAuthorization(Scopes.UsersWrite).WithSummary("Fetch and push now");
        git.MapPost("/accept/{commit}", AcceptAsync).RequireAuthorization(Scopes.SystemWrite)
            .WithSummary("Let a refused commit into force as it is").WithDescription("For history that was rewritten on purpose. Files that cannot be read still refuse it.");
        git.MapPost("/hook", HookAsync).AllowAnonymous().WithSummary("Called by the forge after a push")
            .WithDescription("Proven by X-Hub-Signature-256, X-Gitea-Signature, webhook-signature or X-Gitlab-Token. The body is not read but for its signature: we fetch.");
    }

    private static async Task<Ok<SyncState>> SyncAsync(UserStore store, UserService users, CancellationToken cancellationToken)
    {
        await store.SyncAsync(cancellationToken);
        return TypedResults.Ok(users.Sync);
    }

    private static async Task<Results<Ok<SyncState>, ProblemHttpResult>> AcceptAsync(
        [Description("All 40 digits of it")] string commit, HttpContext http, UserStore store, UserService users, IAuditLog audit, CancellationToken cancellationToken)
    {
        switch (await store.AcceptAsync(commit, cancellationToken))
        {
            case null:
                return Problems.NotFound("This commit is not refused now.");
            case { Count: > 0 } reasons:
                return Problems.Conflict(string.Join("; ", reasons));
            default:
                await audit.RecordAsync(http.User.ActorName(), "git.accept", commit, cancellationToken: CancellationToken.None);
                return TypedResults.Ok(users.Sync);
        }
    }

    private static async Task<Results<Accepted, ProblemHttpResult>> HookAsync(
        HttpRequest request, SyncBell bell, IOptionsMonitor<UsersOptions> options, TimeProvider time, CancellationToken cancellationToken)
    {
        if (options.CurrentValue.WebhookSecret is not { Length: > 0 } secret)
        {
            return Problems.NotFound("There is no Ptt:Users:WebhookSecret.");
        }

        using var body = new MemoryStream();
        byte[] part = new byte[8192];
        for (int read; (read = await request.Body.ReadAsync(part, cancellationToken)) > 0;)
        {
            body.Write(part, 0, read);
            if (body.Length > MaxHook)
            {
                return Problems.Of(ProblemType.TooLarge);
            }
        }

        if (!WebhookSignature.IsGood(request.Headers, body.GetBuffer().AsSpan(0, (int)body.Length), secret, time.GetUtcNow()))
        {
            return Problems.Of(ProblemType.Unauthorized);
        }

        bell.Ring();
        return TypedResults.Accepted((string?)null);
    }
}
