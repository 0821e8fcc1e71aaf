using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Dns;
using Ptt.Web.Access;
using Ptt.Web.Http;

namespace Ptt.Web.Keys;

/// <summary><c>/api/v1/domains/{domain}/keys</c>.</summary>
internal static class KeysApi
{
    public static void Map(WebApplication app)
    {
        RouteGroupBuilder keys = app.MapApi("/domains/{domain}/keys");
        keys.MapGet("", List).RequireAuthorization(Scopes.KeysRead).AllowDomainBound();
        keys.MapPost("/rotate", RotateAsync).RequireAuthorization(Scopes.KeysWrite).AllowDomainBound();
        keys.MapPost("/check", CheckAsync).RequireAuthorization(Scopes.KeysRead).AllowDomainBound();
        keys.MapPost("/{selector}/revoke", RevokeAsync).RequireAuthorization(Scopes.KeysWrite).AllowDomainBound();
    }

    /// <summary>The keys of a domain, newest first: public halves, states, evidence.</summary>
    private static Results<Ok<DomainKeysView>, ProblemHttpResult> List(string domain, KeyService service, HttpContext http) =>
        Known(domain, http, out DomainName name) is { } refused ? refused
        : service.Find(name) is { } view ? TypedResults.Ok(view) : NoSuchDomain();

    private static async Task<Results<Ok<KeyChange>, ProblemHttpResult>> RotateAsync(
        string domain, KeyService service, HttpContext http, CancellationToken cancellationToken) =>
        Known(domain, http, out DomainName name) is { } refused ? refused
        : Answer(await service.RotateAsync(name, http.User.ActorName(), cancellationToken), service, name);

    private static async Task<Results<Ok<KeyChange>, ProblemHttpResult>> CheckAsync(
        string domain, KeyService service, HttpContext http, CancellationToken cancellationToken) =>
        Known(domain, http, out DomainName name) is { } refused ? refused
        : Answer(await service.CheckAsync(name, cancellationToken), service, name);

    /// <summary>With <c>?force=true</c> also a key that signs or stands ready.</summary>
    private static async Task<Results<Ok<KeyChange>, ProblemHttpResult>> RevokeAsync(
        string domain, string selector, KeyService service, HttpContext http, CancellationToken cancellationToken, bool force = false) =>
        Known(domain, http, out DomainName name) is { } refused ? refused
        : Answer(await service.RevokeAsync(name, selector, force, http.User.ActorName(), cancellationToken), service, name);

    private static Results<Ok<KeyChange>, ProblemHttpResult> Answer(KeyVerdict verdict, KeyService service, DomainName domain) => verdict switch
    {
        KeyVerdict.Done done => TypedResults.Ok(new KeyChange(done.Text.ToString(), service.Find(domain)!)),
        KeyVerdict.NeedsForce force => Problems.Conflict($"{force.Text} Ask again with force=true."),
        KeyVerdict.Refused refused => Problems.Conflict(refused.Text.ToString()),
        _ => Problems.NotFound("There is no such key."),
    };

    private static ProblemHttpResult? Known(string domain, HttpContext http, out DomainName name) =>
        !DomainName.TryParse(domain, out name) || name.IsRoot ? NoSuchDomain()
        : http.User.MayActOn(name) ? null : Problems.Forbidden("This token is for other domains.");

    private static ProblemHttpResult NoSuchDomain() => Problems.NotFound("No such domain is ours.");
}

/// <summary>What was done, in words, and the keys afterwards.</summary>
public sealed record KeyChange(string Detail, DomainKeysView Keys);
