using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Web.Access;
using Ptt.Web.Access.Factors;
using Ptt.Web.Http;
using Ptt.Web.Shell.Account;

namespace Ptt.Web.Shell.Sessions;

/// <summary><c>/api/v1/sign-ins</c> and the second factors of other people.</summary>
internal static class SignInsApi
{
    public static void MapSignInsApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder signIns = app.MapApi("/sign-ins").RequireAuthorization(Scopes.SystemWrite);
        signIns.MapGet("", (HttpContext http, SessionStore sessions, SessionCookie cookie) => TypedResults.Ok(new Page<SessionView>(
                [.. sessions.All.Select(s => SessionView.Of(s, s.KeyDigest == cookie.Current(http.User)?.KeyDigest))], null)))
            .WithSummary("The browsers that are signed in, those last seen first");
        signIns.MapDelete("/{id}", EndAsync).WithSummary("Sign a browser out");
        RouteGroupBuilder factors = app.MapApi("/factors").RequireAuthorization(Scopes.SystemWrite);
        factors.MapGet("/{address}", (string address, SecondFactors all) => TypedResults.Ok(new Page<Factor>(all.Of(address), null)))
            .WithSummary("A person's second factors, without their secrets");
        factors.MapDelete("/{address}", ClearAsync).WithSummary("Take all second factors of a person away, for one who lost them; signs them out everywhere");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> EndAsync(string id, HttpContext http, SessionStore sessions, IAuditLog audit)
    {
        if (sessions.All.FirstOrDefault(s => s.Id == id) is not { } session)
        {
            return Problems.NotFound();
        }

        sessions.Close(session);
        await audit.RecordAsync(http.User.ActorName(), "session.end", session.Person, null, CancellationToken.None);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> ClearAsync(string address, HttpContext http, SecondFactors factors, SessionStore sessions)
    {
        if (!await factors.ClearAsync(address, http.User.ActorName()))
        {
            return Problems.NotFound();
        }

        sessions.CloseAll(address);
        return TypedResults.NoContent();
    }
}
