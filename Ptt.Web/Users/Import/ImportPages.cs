using System.Text;
using Microsoft.AspNetCore.Mvc;
using Ptt.Web.Access;
using Ptt.Web.Ui;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Import;

/// <summary>What the buttons of the import's page do.</summary>
internal static class ImportPages
{
    private const long MaxFile = 24 * 1024 * 1024;

    public static void MapImportPages(this IEndpointRouteBuilder app)
    {
        app.MapPost("/users/import/file", TakeFileAsync).AsVerb(Scopes.UsersWrite).AllowDomainBound();
        app.MapPost("/users/import/start", Start).AsVerb(Scopes.UsersWrite).AllowDomainBound();
        app.MapGet("/users/import/{id}.csv", (string id, HttpContext http, UserImports imports) => CsvFile.Of(
                "import", ["line", "address", "state", "detail"],
                (imports.Find(id, http.User.ActorName()) is { } job ? Select(job.Plan, TableQuery.Of(http.Request)) : []).Select(r => (IReadOnlyList<string?>)
                    [CsvFile.Number(r.Line), r.Address, r.Kind.ToString(), r.Detail]).ToAsyncEnumerable()))
            .RequireAuthorization(Scopes.UsersWrite).AllowDomainBound().ExcludeFromDescription();
    }

    /// <summary>The wrong ones first, where no other order is asked for.</summary>
    public static IEnumerable<ImportRow> Select(ImportPlan plan, TableQuery query)
    {
        IEnumerable<ImportRow> found = plan.Rows.Where(r =>
            r.Address.Contains(query.Search, StringComparison.OrdinalIgnoreCase) && (query["kind"].Length == 0 || r.Kind.ToString() == query["kind"]));
        return query.Sort switch
        {
            "line"    => query.Order(found, r => r.Line),
            "address" => query.Order(found, r => r.Address, StringComparer.Ordinal),
            _         => query.Order(found, r => r.Kind switch { ImportKind.Wrong => 0, ImportKind.Change => 1, ImportKind.Create => 2, _ => 3 }),
        };
    }

    private static async Task<string> TakeFileAsync(HttpContext http, IFormFile file, UserImports imports, Flash flash, ITexts texts)
    {
        if (file.Length > MaxFile)
        {
            flash.Bad(texts["The file is too large."]);
            return "/users/import";
        }

        using var reader = new StreamReader(file.OpenReadStream(), new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            return "/users/import/" + imports.Prepare(await reader.ReadToEndAsync(http.RequestAborted), http.User).Id;
        }
        catch (DecoderFallbackException)
        {
            flash.Bad(texts["The file is not UTF-8."]);
            return "/users/import";
        }
    }

    private static string Start(HttpContext http, [FromForm] string id, UserImports imports, Flash flash, ITexts texts)
    {
        if (imports.Find(id, http.User.ActorName()) is not { } job)
        {
            flash.Bad(texts["It is gone already."]);
            return "/users/import";
        }

        _ = imports.StartAsync(job);   // it says itself what comes of it
        return "/users/import/" + job.Id;
    }
}
