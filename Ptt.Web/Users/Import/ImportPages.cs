using System.Text;
using Microsoft.AspNetCore.Mvc;
using Ptt.Web.Access;
using Ptt.Web.Ui;

namespace Ptt.Web.Users.Import;

/// <summary>What the buttons of the import's page do.</summary>
internal static class ImportPages
{
    private const long MaxFile = 24 * 1024 * 1024;

    public static void MapImportPages(this IEndpointRouteBuilder app)
    {
        app.MapVerb("/users/import/file", Scopes.UsersWrite, TakeFileAsync).AllowDomainBound();
        app.MapVerb("/users/import/start", Scopes.UsersWrite, Start).AllowDomainBound();
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
