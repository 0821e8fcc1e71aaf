using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Sending;

namespace Ptt.Web.Users.Api;

/// <summary>What can be done to one user besides changing its members: credentials, enabling, what it sent, its history.</summary>
internal static class UserVerbsApi
{
    public static void MapUserVerbs(this RouteGroupBuilder read, RouteGroupBuilder write)
    {
        read.MapGet("/{address}/history", HistoryAsync).WithSummary("The commits that touched a user, the newest first");
        read.MapGet("/{address}/usage", Usage).WithSummary("What a user has sent so far, and what limits it");
        write.MapPost("/{address}/disable", DisableAsync).WithSummary("Disable a user, at once");
        write.MapPost("/{address}/enable", EnableAsync).WithSummary("Enable a user");
        write.MapPut("/{address}/password", PasswordAsync).Accepts<PasswordBody>("application/json").WithSummary("Set the password");
        write.MapPost("/{address}/app-passwords", AddAppPasswordAsync).Accepts<AppPasswordBody>("application/json").WithSummary("Make an app password; its text is shown this once");
        write.MapDelete("/{address}/app-passwords/{id}", RevokeAppPasswordAsync).WithSummary("Revoke an app password, at once");
        write.MapPost("/{address}/release", ReleaseAsync).WithSummary("Let go what is held because it was unusual");
        write.MapPost("/{address}/revert/{commit}", RevertAsync).WithSummary("Make the user what a commit made of it, but for its passwords");
    }

    private static Task<Results<Ok<UserView>, ProblemHttpResult>> DisableAsync(
        string address, HttpContext http, UserService users, CancellationToken cancellationToken,
        [Description("Hold what waits of it in the queue as well")] bool? mail = null) =>
        SetEnabledAsync(address, false, mail == true, http, users, cancellationToken);

    private static Task<Results<Ok<UserView>, ProblemHttpResult>> EnableAsync(
        string address, HttpContext http, UserService users, CancellationToken cancellationToken,
        [Description("Release what is held of it in the queue as well")] bool? mail = null) =>
        SetEnabledAsync(address, true, mail == true, http, users, cancellationToken);

    private static async Task<Results<Ok<UserView>, ProblemHttpResult>> SetEnabledAsync(
        string address, bool enabled, bool withMail, HttpContext http, UserService users, CancellationToken cancellationToken) =>
        UsersApi.Guarded(address, http, users, out StoredUser stored) is { } refused ? refused
            : UsersApi.Answer(http, await users.SetEnabledAsync(stored.User.Address, enabled, http.User.ActorName(), cancellationToken, withMail));

    private static async Task<Results<NoContent, ProblemHttpResult>> PasswordAsync(string address, HttpContext http, UserService users, UserCredentials credentials, CancellationToken cancellationToken)
    {
        if (UsersApi.Guarded(address, http, users, out StoredUser stored) is { } refused)
        {
            return refused;
        }

        List<Fault> faults = [];
        if (await UserAccess.BodyAsync(http.Request, faults, cancellationToken) is not { } body)
        {
            return Problems.Malformed(faults[0].Detail);
        }

        string? password = new JsonMembers(body, "", faults).Text("password", 1024, required: true);
        if (faults.Count > 0)
        {
            return Problems.Invalid(faults);
        }

        Change<StoredUser> change = await credentials.SetPasswordAsync(stored.User.Address, password!, http.User.ActorName(), cancellationToken);
        return change is Change<StoredUser>.Done ? TypedResults.NoContent() : change.ToProblem();
    }

    private static async Task<Results<Created<MadeAppPasswordView>, ProblemHttpResult>> AddAppPasswordAsync(
        string address, HttpContext http, UserService users, UserCredentials credentials, TimeProvider time, CancellationToken cancellationToken)
    {
        if (UsersApi.Guarded(address, http, users, out StoredUser stored) is { } refused)
        {
            return refused;
        }

        List<Fault> faults = [];
        if (await UserAccess.BodyAsync(http.Request, faults, cancellationToken) is not { } body)
        {
            return Problems.Malformed(faults[0].Detail);
        }

        var members = new JsonMembers(body, "", faults);
        var wanted = new NewAppPassword(members.Text("name", 100, required: true) ?? "", members.Time("expires"), UserReader.ReadNetworks(members));
        if (wanted.Expires <= time.GetUtcNow())
        {
            members.Fail("expires", "is in the past");
        }

        if (faults.Count > 0)
        {
            return Problems.Invalid(faults);
        }

        Change<MadeAppPassword> change = await credentials.AddAppPasswordAsync(stored.User.Address, wanted, http.User.ActorName(), cancellationToken);
        return change is Change<MadeAppPassword>.Done { Value: var made }
            ? TypedResults.Created($"/api/v1/users/{Uri.EscapeDataString(address)}/app-passwords/{made.Password.Id}", new MadeAppPasswordView(AppPasswordView.Of(made.Password), made.Text))
            : change.ToProblem();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeAppPasswordAsync(
        string address, string id, HttpContext http, UserService users, UserCredentials credentials, CancellationToken cancellationToken)
    {
        if (UsersApi.Guarded(address, http, users, out StoredUser stored) is { } refused)
        {
            return refused;
        }

        Change<StoredUser> change = await credentials.RevokeAppPasswordAsync(stored.User.Address, id, http.User.ActorName(), cancellationToken);
        return change is Change<StoredUser>.Done ? TypedResults.NoContent() : change.ToProblem();
    }

    private static async Task<Results<Ok<UserView>, ProblemHttpResult>> RevertAsync(
        string address, string commit, HttpContext http, UserService users, UserHistory history, CancellationToken cancellationToken) =>
        UsersApi.Guarded(address, http, users, out StoredUser stored) is { } refused ? refused
            : UsersApi.Answer(http, await history.RevertAsync(stored.User.Address, commit, http.User.ActorName(), cancellationToken));

    private static Results<Ok<UsageView>, ProblemHttpResult> Usage(string address, HttpContext http, UserService users, UserSending sending)
    {
        if (users.Visible(address, http.User) is not { } stored)
        {
            return Problems.NotFound();
        }

        SendingUsage usage = sending.UsageOf(stored.User.Address);
        return TypedResults.Ok(new UsageView(usage.LastHour, usage.LastDay, usage.NewLastDay, usage.DeliveredLastDay, usage.UnknownLastDay, LimitsView.Of(usage.Limits), usage.HeldReason));
    }

    private static async Task<Results<Ok<ReleasedView>, ProblemHttpResult>> ReleaseAsync(string address, HttpContext http, UserService users, UserSending sending, CancellationToken cancellationToken) =>
        UsersApi.Guarded(address, http, users, out StoredUser stored) is { } refused ? refused
            : TypedResults.Ok(new ReleasedView(await sending.ReleaseAsync(stored.User.Address, http.User.ActorName(), cancellationToken)));

    private static async Task<Results<Ok<Page<UserHistoryEntry>>, ProblemHttpResult>> HistoryAsync(
        string address, HttpContext http, UserHistory history, CancellationToken cancellationToken, int? limit = null)
    {
        if (Paging.Limit(limit) is not { } count)
        {
            return Problems.Invalid(Paging.LimitFault);
        }

        return Addresses.TryCanonical(address, out Mailbox? mailbox) && http.User.MayActOn(mailbox.Domain)
            ? TypedResults.Ok(new Page<UserHistoryEntry>(await history.ReadAsync(mailbox, count, cancellationToken), null)) : Problems.NotFound();
    }
}
