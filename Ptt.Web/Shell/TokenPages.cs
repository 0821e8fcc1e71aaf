using Microsoft.AspNetCore.Mvc;
using Ptt.Web.Access;
using Ptt.Web.Ui;

namespace Ptt.Web.Shell;

/// <summary>The tokens as a table and the verbs of its rows.</summary>
internal static class TokenPages
{
    public static void MapTokenPages(this WebApplication app)
    {
        app.MapPost("/tokens/revoke", RevokeAsync).AsVerb(Scopes.TokensWrite);
        app.MapGet("/tokens.csv", (HttpRequest request, TokenStore tokens) => CsvFile.Of(
                "tokens", ["id", "name", "scopes", "domains", "created", "created_by", "last_used", "expires"],
                Select(tokens, TableQuery.Of(request)).Select(t => (IReadOnlyList<string?>)
                    [t.Id, t.Name, string.Join(' ', t.Scopes), string.Join(' ', t.Domains), CsvFile.Instant(t.Created), t.CreatedBy, CsvFile.Instant(t.LastUsed), CsvFile.Instant(t.Expires)]).ToAsyncEnumerable()))
            .RequireAuthorization(Scopes.TokensWrite).ExcludeFromDescription();
    }

    public static IEnumerable<ApiToken> Select(TokenStore tokens, TableQuery query)
    {
        IEnumerable<ApiToken> found = tokens.List().Where(t => query.Search.Length == 0
            || t.Name.Contains(query.Search, StringComparison.OrdinalIgnoreCase) || t.Scopes.Any(s => s.Contains(query.Search, StringComparison.OrdinalIgnoreCase)));
        return query.Sort switch
        {
            "name"    => query.Order(found, t => t.Name, StringComparer.OrdinalIgnoreCase),
            "created" => query.Order(found, t => t.Created),
            "used"    => query.Order(found, t => t.LastUsed ?? DateTimeOffset.MinValue),
            "expires" => query.Order(found, t => t.Expires ?? DateTimeOffset.MaxValue),
            _         => found,
        };
    }

    private static async Task<string> RevokeAsync(
        HttpContext http, [FromForm] string id, [FromForm] string? typed, TokenStore tokens, IAuditLog audit, Flash flash, ITexts texts, CancellationToken cancellationToken)
    {
        if (tokens.Find(id) is not { } token)
        {
            flash.Bad(texts["That token was revoked already."]);
        }
        else if (typed != token.Name)
        {
            flash.Bad(texts["The name was not typed as it stands there; nothing was done."]);
        }
        else if (await tokens.RevokeAsync(id, cancellationToken))
        {
            await audit.RecordAsync(http.User.ActorName(), "token.revoke", id, token.Name, CancellationToken.None);
            flash.Good(texts["The token {0} is revoked.", token.Name]);
        }

        return "/tokens";
    }
}
