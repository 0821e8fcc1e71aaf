using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Dns;
using Ptt.Web.Http;

namespace Ptt.Web.Access;

/// <summary><c>/api/v1/tokens</c>. Nobody gives out more than they have: the scopes and domains of a new token are within those of its maker.</summary>
internal static class TokensApi
{
    public static void MapTokens(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder tokens = app.MapApi("/tokens").RequireAuthorization(Scopes.TokensWrite);
        tokens.MapGet("", List).WithSummary("All API tokens, without their secrets");
        tokens.MapGet("/{id}", Get).WithSummary("One API token");
        tokens.MapPost("", CreateAsync).WithSummary("Make a token; its text is shown this once");
        tokens.MapDelete("/{id}", RevokeAsync).WithSummary("Revoke a token, at once");
    }

    private static Ok<Page<TokenView>> List(TokenStore store) => TypedResults.Ok(new Page<TokenView>([.. store.List().Select(TokenView.Of)], null));

    private static Results<Ok<TokenView>, ProblemHttpResult> Get(string id, TokenStore store) =>
        store.Find(id) is { } token ? TypedResults.Ok(TokenView.Of(token)) : Problems.NotFound();

    private static async Task<Results<Created<NewTokenView>, ProblemHttpResult>> CreateAsync(
        NewToken body, HttpContext http, TokenStore store, IAuditLog audit, TimeProvider time, CancellationToken cancellationToken)
    {
        List<Fault> faults = [];
        if (string.IsNullOrWhiteSpace(body.Name) || body.Name.Length > 100 || body.Name.Any(char.IsControl))
        {
            faults.Add(new("/name", "must be 1 to 100 characters"));
        }

        if (body.Scopes is not { Count: > 0 })
        {
            faults.Add(new("/scopes", "must name at least one scope"));
        }

        foreach ((int i, string? scope) in (body.Scopes ?? []).Index())
        {
            if (!Scopes.All.Contains(scope))
            {
                faults.Add(new($"/scopes/{i}", $"is none of {string.Join(", ", Scopes.All)}"));
            }
            else if (!http.User.Has(scope!))
            {
                faults.Add(new($"/scopes/{i}", "is not yours to give"));
            }
        }

        List<DomainName> domains = [];
        foreach ((int i, string? text) in (body.Domains ?? []).Index())
        {
            if (!DomainName.TryParse(text, out DomainName domain) || domain.IsRoot)
            {
                faults.Add(new($"/domains/{i}", "is not a domain name"));
            }
            else
            {
                domains.Add(domain);
            }
        }

        if (body.Expires <= time.GetUtcNow())
        {
            faults.Add(new("/expires", "is in the past"));
        }

        if (faults.Count > 0)
        {
            return Problems.Invalid(faults);
        }

        (ApiToken token, string text1) = await store.CreateAsync(
            body.Name!, [.. body.Scopes!.OfType<string>().Distinct()], [.. domains.Distinct()], body.Expires, http.User.ActorName(), cancellationToken);
        await audit.RecordAsync(http.User.ActorName(), "token.create", token.Id, $"{token.Name}: {string.Join(' ', token.Scopes)}", CancellationToken.None);
        return TypedResults.Created($"/api/v1/tokens/{token.Id}", new NewTokenView(TokenView.Of(token), text1));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeAsync(
        string id, HttpContext http, TokenStore store, IAuditLog audit, CancellationToken cancellationToken)
    {
        if (!await store.RevokeAsync(id, cancellationToken))
        {
            return Problems.NotFound();
        }

        await audit.RecordAsync(http.User.ActorName(), "token.revoke", id, cancellationToken: CancellationToken.None);
        return TypedResults.NoContent();
    }
}

/// <summary>What makes a token.</summary>
internal sealed record NewToken
{
    [Description("What it is for")]
    public string? Name { get; init; }

    public IReadOnlyList<string?>? Scopes { get; init; }

    [Description("The only domains that it may touch; empty: all")]
    public IReadOnlyList<string?>? Domains { get; init; }

    public DateTimeOffset? Expires { get; init; }
}

internal sealed record TokenView(
    string Id, string Name, IReadOnlyList<string> Scopes, IReadOnlyList<string> Domains, string CreatedBy, DateTimeOffset Created, DateTimeOffset? Expires, DateTimeOffset? LastUsed)
{
    public static TokenView Of(ApiToken token) => new(
        token.Id, token.Name, token.Scopes, [.. token.Domains.Select(d => d.ToString())], token.CreatedBy, token.Created, token.Expires, token.LastUsed);
}

/// <summary><paramref name="Text"/> is what goes behind <c>Authorization: Bearer</c>. It is not kept and not shown again.</summary>
internal sealed record NewTokenView(TokenView Token, string Text);
