using System.ComponentModel;
using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;

namespace Ptt.Web.Users.Api;

/// <summary><c>/api/v1/users</c>: translates, and nothing more.</summary>
internal static class UsersApi
{
    private const int MaxBatch = 1000;

    public static void MapUsersApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder read = app.MapApi("/users").RequireAuthorization(Scopes.UsersRead).AllowDomainBound();
        read.MapGet("", ListAsync).WithSummary("List users");
        read.MapGet("/{address}", Get).WithSummary("One user");

        RouteGroupBuilder write = app.MapApi("/users").RequireAuthorization(Scopes.UsersWrite).AllowDomainBound();
        write.AddEndpointFilter(UserAccess.AnswerGitFaultsAsync);
        write.MapPost("", CreateAsync).Accepts<UserBody>("application/json").WithSummary("Create a user")
            .WithDescription("With password, or with verifier (SCRAM-SHA-256), or with neither: then nobody can log in as it.");
        write.MapPost("/batch", CreateManyAsync).Accepts<UserBatch>("application/json").WithSummary("Create up to 1,000 users in one commit: all or none");
        write.MapPut("/{address}", ReplaceAsync).Accepts<UserBody>("application/json").WithSummary("Replace a user; needs If-Match")
            .WithDescription("App passwords stay, and the password where none is given.");
        write.MapPatch("/{address}", PatchAsync).Accepts<UserBody>("application/merge-patch+json").WithSummary("Change some members of a user (RFC 7396); needs If-Match");
        write.MapDelete("/{address}", DeleteAsync).WithSummary("Delete a user; If-Match is heeded where given");
        read.MapUserVerbs(write);
    }

    private static async Task<Results<Ok<UserPageView>, ProblemHttpResult>> ListAsync(
        HttpContext http, UserService users, CancellationToken cancellationToken,
        [Description("Looked for in address and display name")] string? search = null,
        string? domain = null, bool? enabled = null, string? role = null,
        [Description("address, displayName or changed; with - in front: backwards")] string? sort = null,
        [Description("What next held in the page before")] string? cursor = null,
        [Description("1 to 200, usually 50")] int? limit = null)
    {
        List<Fault> faults = [];
        DomainName name = default;
        if (domain is not null && (!DomainName.TryParse(domain, out name) || name.IsRoot))
        {
            faults.Add(new("/domain", "is not a domain name"));
        }

        UserSort? by = sort?.TrimStart('-') switch { null or "address" => UserSort.Address, "displayName" => UserSort.DisplayName, "changed" => UserSort.Changed, _ => null };
        if (by is null)
        {
            faults.Add(new("/sort", "must be address, displayName or changed"));
        }

        if (cursor is not null && !Cursor.TryDecode(cursor, 2, out _))
        {
            faults.Add(Paging.CursorFault);
        }

        if (Paging.Limit(limit) is not { } count || search is { Length: > 200 })
        {
            faults.Add(limit is null ? new("/search", "is longer than 200 characters") : Paging.LimitFault);
            return Problems.Invalid(faults);
        }

        if (faults.Count > 0)
        {
            return Problems.Invalid(faults);
        }

        IReadOnlyList<DomainName>? domains = (domain, http.User.BoundTo()) switch
        {
            (null, var bound) => bound,
            (_, null) => [name],
            (_, { } bound) => bound.Contains(name) ? [name] : [],
        };
        UserPage page = await users.ListAsync(new UserQuery(search, domains, enabled, role, by!.Value, sort?.StartsWith('-') == true, cursor, count), cancellationToken);
        Paging.LinkNext(http, page.Next);
        return TypedResults.Ok(new UserPageView([.. page.Items.Select(UserView.Of)], page.Next, page.Total));
    }

    private static Results<Ok<UserView>, StatusCodeHttpResult, ProblemHttpResult> Get(string address, HttpContext http, UserService users, UserCredentials credentials)
    {
        if (users.Visible(address, http.User) is not { } stored)
        {
            return Problems.NotFound();
        }

        EntityTags.Set(http.Response, stored.Version);
        return EntityTags.IsNotModified(http.Request, stored.Version) ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : TypedResults.Ok(WithUse(credentials, stored));
    }

    private static UserView WithUse(UserCredentials credentials, StoredUser stored)
    {
        UserView view = UserView.Of(stored);
        return view with { AppPasswords = [.. view.AppPasswords.Select(a => a with { LastUsed = credentials.LastUse(stored.User.Address, a.Id) })] };
    }

    private static async Task<Results<Created<UserView>, ProblemHttpResult>> CreateAsync(HttpContext http, UserService users, CancellationToken cancellationToken)
    {
        List<Fault> faults = [];
        if (await UserAccess.BodyAsync(http.Request, faults, cancellationToken) is not { } body)
        {
            return Problems.Malformed(faults[0].Detail);
        }

        if (Read(body, "", http.User, null, faults) is not { } user)
        {
            return Problems.Invalid(faults);
        }

        Change<StoredUser> change = await users.CreateAsync(user, http.User.ActorName(), cancellationToken);
        if (change is not Change<StoredUser>.Done { Value: var stored })
        {
            return change.ToProblem();
        }

        EntityTags.Set(http.Response, stored.Version);
        return TypedResults.Created($"/api/v1/users/{Uri.EscapeDataString(stored.User.Address.ToString())}", UserView.Of(stored));
    }

    private static async Task<Results<Created<Page<UserView>>, ProblemHttpResult>> CreateManyAsync(HttpContext http, UserService users, CancellationToken cancellationToken)
    {
        List<Fault> faults = [];
        if (await UserAccess.BodyAsync(http.Request, faults, cancellationToken) is not { } body)
        {
            return Problems.Malformed(faults[0].Detail);
        }

        var members = new JsonMembers(body, "", faults);
        List<NewUser> wanted = members.Elements("users", MaxBatch, (element, at) => (Read(element, at, http.User, null, faults), true)).OfType<NewUser>().ToList();
        if (faults.Count == 0 && wanted.Count == 0)
        {
            faults.Add(new("/users", "is empty or missing"));
        }

        if (faults.Count > 0)
        {
            return Problems.Invalid(faults);
        }

        Change<IReadOnlyList<StoredUser>> change = await users.CreateManyAsync(wanted, http.User.ActorName(), cancellationToken);
        return change is Change<IReadOnlyList<StoredUser>>.Done done
            ? TypedResults.Created("/api/v1/users", new Page<UserView>([.. done.Value.Select(UserView.Of)], null)) : change.ToProblem();
    }

    // Whom a change is about, what it presupposes and what it says; or why there is none.
    private static async Task<(ProblemHttpResult? Refusal, StoredUser Stored, Precondition When, JsonElement Body)> BeginAsync(
        string address, HttpContext http, UserService users, CancellationToken cancellationToken)
    {
        List<Fault> faults = [];
        return users.Visible(address, http.User) is not { } stored ? (Problems.NotFound(), null!, null!, default)
            : EntityTags.IfMatch(http.Request) is not { } when ? (Problems.PreconditionRequired(), stored, null!, default)
            : await UserAccess.BodyAsync(http.Request, faults, cancellationToken) is not { } body ? (Problems.Malformed(faults[0].Detail), stored, when, default)
            : (null, stored, when, body);
    }

    private static async Task<Results<Ok<UserView>, ProblemHttpResult>> ReplaceAsync(string address, HttpContext http, UserService users, CancellationToken cancellationToken)
    {
        (ProblemHttpResult? refusal, StoredUser stored, Precondition when, JsonElement body) = await BeginAsync(address, http, users, cancellationToken);
        if (refusal is not null)
        {
            return refusal;
        }

        List<Fault> faults = [];
        return Read(body, "", http.User, stored.User, faults) is { } user
            ? Answer(http, await users.ReplaceAsync(stored.User.Address, user, when, http.User.ActorName(), cancellationToken)) : Problems.Invalid(faults);
    }

    private static async Task<Results<Ok<UserView>, ProblemHttpResult>> PatchAsync(string address, HttpContext http, UserService users, CancellationToken cancellationToken)
    {
        (ProblemHttpResult? refusal, StoredUser stored, Precondition when, JsonElement body) = await BeginAsync(address, http, users, cancellationToken);
        if (refusal is not null)
        {
            return refusal;
        }

        List<Fault> faults = [];
        if (body.ValueKind != JsonValueKind.Object)
        {
            return Problems.Invalid(new Fault("", "must be an object"));
        }

        JsonObject patch = JsonObject.Create(body)!;
        User? after = UserPatch.Apply(stored.User, patch, faults);
        RoleGuard.Check(http.User, stored.User, after, "", faults);
        return faults.Count > 0 ? Problems.Invalid(faults)
            : Answer(http, await users.PatchAsync(stored.User.Address, patch, when, http.User.ActorName(), cancellationToken));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        string address, HttpContext http, UserService users, CancellationToken cancellationToken,
        [Description("Hold what waits of it in the queue as well")] bool? mail = null)
    {
        if (Guarded(address, http, users, out StoredUser stored) is { } refused)
        {
            return refused;
        }

        Change<StoredUser> change = await users.DeleteAsync(stored.User.Address, EntityTags.IfMatch(http.Request) ?? Precondition.Any, http.User.ActorName(), cancellationToken, mail == true);
        return change is Change<StoredUser>.Done ? TypedResults.NoContent() : change.ToProblem(UserView.Of);
    }

    internal static ProblemHttpResult? Guarded(string address, HttpContext http, UserService users, out StoredUser stored)
    {
        stored = users.Visible(address, http.User)!;
        List<Fault> faults = [];
        if (stored is not null)
        {
            RoleGuard.Check(http.User, stored.User, stored.User, "", faults);
        }

        return stored is null ? Problems.NotFound() : faults.Count > 0 ? Problems.Forbidden(faults[0].Detail) : null;
    }

    private static NewUser? Read(JsonElement body, string pointer, ClaimsPrincipal caller, User? before, List<Fault> faults)
    {
        int none = faults.Count;
        User? user = UserReader.Read(body, fromFile: false, faults, pointer);
        string? password = body.ValueKind == JsonValueKind.Object ? new JsonMembers(body, pointer, faults).Text("password", 1024) : null;
        if (user is not null && !caller.MayActOn(user.Address.Domain))
        {
            faults.Add(new(pointer + "/address", "is outside of the domains that you may touch"));
        }

        RoleGuard.Check(caller, before, user, pointer, faults);
        return faults.Count == none ? new NewUser(user!, password) : null;
    }

    internal static Results<Ok<UserView>, ProblemHttpResult> Answer(HttpContext http, Change<StoredUser> change)
    {
        if (change is not Change<StoredUser>.Done { Value: var stored })
        {
            return change.ToProblem(UserView.Of);
        }

        EntityTags.Set(http.Response, stored.Version);
        return TypedResults.Ok(UserView.Of(stored));
    }
}
