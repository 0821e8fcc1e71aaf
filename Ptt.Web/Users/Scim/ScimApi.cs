using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;

namespace Ptt.Web.Users.Scim;

/// <summary>
/// SCIM 2.0 (RFC 7643, 7644) at <c>/scim/v2</c>, for identity providers. What it writes becomes a commit like any other. Without
/// bulk, groups and <c>/Me</c>.
/// </summary>
internal static class ScimApi
{
    public static void MapScim(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder scim = app.MapGroup("/scim/v2").WithTags("scim");
        scim.MapGet("/ServiceProviderConfig", (HttpRequest request) => Json(ScimSchemas.ServiceProviderConfig($"{request.Scheme}://{request.Host}"))).AllowAnonymous().WithSummary("What this provider can do").Gives<JsonObject>().WithMetadata(new GivenExample(() => ScimSchemas.ServiceProviderConfig("https://mail.example.org")));
        scim.MapGet("/ResourceTypes", () => Json(ListOf([ScimSchemas.ResourceType()], 1, 1))).AllowAnonymous().WithSummary("The resource types").Gives<JsonObject>().WithMetadata(new GivenExample(() => ListOf([ScimSchemas.ResourceType()], 1, 1)));
        scim.MapGet("/ResourceTypes/User", () => Json(ScimSchemas.ResourceType())).AllowAnonymous().WithSummary("The resource type User").Gives<JsonObject>().WithMetadata(new GivenExample(() => ScimSchemas.ResourceType()));
        scim.MapGet("/Schemas", () => Json(ListOf(ScimSchemas.Schemas(), 2, 1))).AllowAnonymous().WithSummary("The schemas").Gives<JsonObject>().WithMetadata(new GivenExample(() => ListOf(ScimSchemas.Schemas(), 2, 1)));
        scim.MapGet("/Schemas/{id}", (string id) => ScimSchemas.Schemas().FirstOrDefault(s => s["id"]!.GetValue<string>() == id) is { } schema ? Json(schema) : ScimError.NotFound.ToResult())
            .AllowAnonymous().WithSummary("One schema").Gives<JsonObject>().WithMetadata(new GivenExample(() => ScimSchemas.Schemas()[1]));

        RouteGroupBuilder read = scim.MapGroup("/Users").RequireAuthorization(Scopes.UsersRead).AllowDomainBound();
        read.MapGet("", (HttpContext http, ScimSearch users, string? filter, string? sortBy, string? sortOrder, string? startIndex, string? count, string? attributes, string? excludedAttributes, CancellationToken stop) =>
            ListAsync(http.User, users, new ScimQuestion(filter, sortBy, sortOrder, startIndex, count, attributes, excludedAttributes), stop)).WithSummary("List or search users").Gives<ScimListBody>();
        read.MapPost("/.search", SearchAsync).WithSummary("Search users by POST").Takes<ScimSearchBody>().Gives<ScimListBody>();
        read.MapGet("/{id}", async (HttpContext http, string id, ScimSearch users, string? attributes, string? excludedAttributes, CancellationToken stop) =>
            await users.FindAsync(http.User, id, stop) is { } stored ? One(http, stored, 200, attributes, excludedAttributes) : ScimError.NotFound.ToResult()).WithSummary("One user").Gives<ScimUserBody>();

        RouteGroupBuilder write = scim.MapGroup("/Users").RequireAuthorization(Scopes.UsersWrite).AllowDomainBound();
        write.AddEndpointFilter(UserAccess.AnswerGitFaultsAsync);
        write.MapPost("", CreateAsync).WithSummary("Create a user").Takes<ScimUserBody>().Gives<ScimUserBody>(201);
        write.MapPut("/{id}", (HttpContext http, string id, ScimSearch search, UserDirectory users, UserService service, CancellationToken stop) =>
            ChangeAsync(http, id, search, users, service, "user.replace", (_, body) => (body, null), stop)).WithSummary("Replace a user").Takes<ScimUserBody>().Gives<ScimUserBody>();
        write.MapPatch("/{id}", (HttpContext http, string id, ScimSearch search, UserDirectory users, UserService service, CancellationToken stop) =>
            ChangeAsync(http, id, search, users, service, "user.patch", (resource, body) => (resource, ScimPatch.Apply(resource, body)), stop)).WithSummary("Change a user (PatchOp)").Takes<ScimPatchBody>().Gives<ScimUserBody>();
        write.MapDelete("/{id}", DeleteAsync).WithSummary("Disable a user, or delete it where so configured").Produces(204);
    }

    // For the description only: any content type is read as JSON, since providers differ.
    private static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route) where T : notnull => route.WithMetadata(new TakenBody(typeof(T), ScimSchemas.MediaType));

    private static RouteHandlerBuilder Gives<T>(this RouteHandlerBuilder route, int status = 200) => route.Produces<T>(status, ScimSchemas.MediaType);

    private static async Task<IResult> ListAsync(ClaimsPrincipal caller, ScimSearch users, ScimQuestion question, CancellationToken cancellationToken)
    {
        (IReadOnlyList<JsonObject> resources, int total, int start, ScimError? error) = await users.ListAsync(caller, question, cancellationToken);
        return error?.ToResult() ?? Json(ListOf(resources, total, start));
    }

    private static async Task<IResult> SearchAsync(HttpContext http, ScimSearch users, CancellationToken cancellationToken)
    {
        (JsonObject? body, IResult? refused) = await BodyAsync(http, cancellationToken);
        if (body is null)
        {
            return refused!;
        }

        string? Text(string name) => ScimAttribute.Member(body, name) switch { JsonArray list => string.Join(',', list.Select(a => a?.ToString())), { } node => node.ToString(), null => null };
        return await ListAsync(http.User, users, new ScimQuestion(
            Text("filter"), Text("sortBy"), Text("sortOrder"), Text("startIndex"), Text("count"), Text("attributes"), Text("excludedAttributes")), cancellationToken);
    }

    private static async Task<IResult> CreateAsync(HttpContext http, ScimSearch search, UserDirectory users, UserService service, CancellationToken cancellationToken)
    {
        (JsonObject? body, IResult? refused) = await BodyAsync(http, cancellationToken);
        if (body is null)
        {
            return refused!;
        }

        (User? user, string? password, ScimError? error) = ScimMapping.ToUser(body, null);
        if (user is null)
        {
            return error!.ToResult();
        }

        if (Guard(http.User, null, user) is { } forbidden)
        {
            return forbidden.ToResult();
        }

        // Deleted by SCIM and made again: the same user comes back.
        if (users.Find(user.Address) is { } old && ScimFacts.IsDeleted(old.User))
        {
            await service.SetEnabledAsync(user.Address, true, http.User.ActorName(), cancellationToken);
            return await WriteAsync(http, users, service, old, "user.replace", _ => (body, null), 201, cancellationToken);
        }

        if (await search.MovedAsync(user.Address.ToString(), cancellationToken) is not null)
        {
            JsonObject scim = user.Scim is { } kept ? JsonNode.Parse(kept.GetRawText())!.AsObject() : [];
            scim["id"] = Guid.NewGuid().ToString();   // the address is still the id of someone who moved away from it
            user = user with { Scim = JsonSerializer.SerializeToElement(scim) };
        }

        Change<StoredUser> change = await service.CreateAsync(new NewUser(user, password), http.User.ActorName(), cancellationToken);
        return Answer(http, change, 201);
    }

    private static async Task<IResult> ChangeAsync(
        HttpContext http, string id, ScimSearch search, UserDirectory users, UserService service, string action,
        Func<JsonObject, JsonObject, (JsonObject Resource, ScimError? Error)> edit, CancellationToken cancellationToken)
    {
        (JsonObject? body, IResult? refused) = await BodyAsync(http, cancellationToken);
        return body is null ? refused!
            : await search.FindAsync(http.User, id, cancellationToken) is { } stored ? await WriteAsync(http, users, service, stored, action, resource => edit(resource, body), 200, cancellationToken)
            : ScimError.NotFound.ToResult();
    }

    private static async Task<IResult> WriteAsync(
        HttpContext http, UserDirectory users, UserService service, StoredUser stored, string action,
        Func<JsonObject, (JsonObject Resource, ScimError? Error)> edit, int status, CancellationToken cancellationToken)
    {
        // Once outside of the writer's lock, to learn of a new password: a verifier takes long to make.
        (JsonObject first, ScimError? early) = edit(ScimMapping.ToResource(stored));
        (User? wanted, string? password, ScimError? wrong) = early is null ? ScimMapping.ToUser(first, stored.User) : (null, null, early);
        if (wanted is null)
        {
            return wrong!.ToResult();
        }

        if (Guard(http.User, stored.User, wanted) is { } forbidden)
        {
            return forbidden.ToResult();
        }

        string? verifier = null;
        if (password is not null)
        {
            if (service.PasswordFaults(password, "password") is [{ } fault, ..])
            {
                return ScimError.Invalid("invalidValue", $"password {fault.Detail}").ToResult();
            }

            verifier = await service.MakeVerifierAsync(password, cancellationToken);
        }

        ScimError? error = null;
        Precondition when = EntityTags.IfMatch(http.Request) ?? Precondition.Any;
        Change<StoredUser> change = await service.UpdateFirmlyAsync(stored.User.Address, when, !wanted.Enabled, http.User.ActorName(), action, user =>
        {
            (JsonObject resource, error) = edit(ScimMapping.ToResource(stored with { User = user }));
            (User? after, _, ScimError? fault) = error is null ? ScimMapping.ToUser(resource, user) : (null, null, error);
            error = fault ?? (after is not null && !users.Now.Domains.ContainsKey(after.Address.Domain) ? ScimError.Invalid("invalidValue", $"{after.Address.Domain} is no domain of ours") : null);
            return error is null ? (after! with { Verifier = verifier ?? user.Verifier }, []) : (user, [new Fault("", error.Detail)]);
        }, cancellationToken);
        return error is not null ? error.ToResult() : Answer(http, change, status);
    }

    private static async Task<IResult> DeleteAsync(
        HttpContext http, string id, ScimSearch search, UserService service, IOptionsMonitor<UsersOptions> options, CancellationToken cancellationToken)
    {
        if (await search.FindAsync(http.User, id, cancellationToken) is not { } stored)
        {
            return ScimError.NotFound.ToResult();
        }

        if (Guard(http.User, stored.User, stored.User) is { } forbidden)
        {
            return forbidden.ToResult();
        }

        Precondition when = EntityTags.IfMatch(http.Request) ?? Precondition.Any;
        Change<StoredUser> change = options.CurrentValue.ScimDelete == ScimDelete.Delete
            ? await service.DeleteAsync(stored.User.Address, when, http.User.ActorName(), cancellationToken)
            : await service.UpdateFirmlyAsync(stored.User.Address, when, true, http.User.ActorName(), "user.disable", user => (ScimMapping.AsDeleted(user), []), cancellationToken);
        return change is Change<StoredUser>.Done ? Results.NoContent() : Answer(http, change, 200);
    }

    private static IResult Answer(HttpContext http, Change<StoredUser> change, int status) => change switch
    {
        Change<StoredUser>.Done done => One(http, done.Value, status),
        Change<StoredUser>.Exists => new ScimError(409, "uniqueness", "userName is taken").ToResult(),
        Change<StoredUser>.Invalid invalid => ScimError.Invalid("invalidValue", $"{invalid.Faults[0].Pointer.TrimStart('/')} {invalid.Faults[0].Detail}".Trim()).ToResult(),
        Change<StoredUser>.Stale => new ScimError(412, null, "Someone else changed it").ToResult(),
        _ => ScimError.NotFound.ToResult(),
    };

    private static IResult One(HttpContext http, StoredUser stored, int status, string? attributes = null, string? excluded = null)
    {
        JsonObject resource = ScimMapping.ToResource(stored);
        EntityTags.Set(http.Response, stored.Version);
        http.Response.Headers.Location = resource["meta"]!["location"]!.GetValue<string>();
        return Json(ScimMapping.Trim(resource, attributes, excluded), status);
    }

    private static ScimError? Guard(ClaimsPrincipal caller, User? before, User after)
    {
        List<Fault> faults = [];
        RoleGuard.Check(caller, before, after, "", faults);
        return !caller.MayActOn(after.Address.Domain) ? new ScimError(403, null, "The domain is outside of those that you may touch")
            : faults.Count > 0 ? new ScimError(403, null, faults[0].Detail) : null;
    }

    private static async Task<(JsonObject? Body, IResult? Refused)> BodyAsync(HttpContext http, CancellationToken cancellationToken)
    {
        List<Fault> faults = [];
        JsonElement? body = await UserAccess.BodyAsync(http.Request, faults, cancellationToken);
        return body is { ValueKind: JsonValueKind.Object } json ? (JsonNode.Parse(json.GetRawText())!.AsObject(), null)
            : (null, ScimError.Invalid("invalidSyntax", "The body must be a JSON object").ToResult());
    }

    private static JsonObject ListOf(IReadOnlyList<JsonObject> resources, int total, int start) => new()
    {
        ["schemas"] = new JsonArray("urn:ietf:params:scim:api:messages:2.0:ListResponse"),
        ["totalResults"] = total, ["startIndex"] = start, ["itemsPerPage"] = resources.Count, ["Resources"] = new JsonArray([.. resources]),
    };

    private static IResult Json(JsonObject body, int status = 200) => Results.Text(body.ToJsonString(), ScimSchemas.MediaType, null, status);
}
