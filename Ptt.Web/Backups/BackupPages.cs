using Microsoft.AspNetCore.Mvc;
using Ptt.Web.Access;
using Ptt.Web.Ui;

namespace Ptt.Web.Backups;

/// <summary>The backups as a table, and what the buttons of their page do.</summary>
internal static class BackupPages
{
    public static void MapBackupPages(this IEndpointRouteBuilder app)
    {
        app.MapPost("/backups/make", Make).AsVerb(Scopes.SystemWrite);
        app.MapPost("/backups/remove", RemoveAsync).AsVerb(Scopes.SystemWrite);
        app.MapGet("/backups.csv", (HttpRequest request, BackupStore store) => CsvFile.Of(
                "backups", ["id", "made", "size"],
                Select(store, TableQuery.Of(request)).Select(f => (IReadOnlyList<string?>)[f.Id, CsvFile.Instant(f.At), CsvFile.Number(f.Octets)]).ToAsyncEnumerable()))
            .RequireAuthorization(Scopes.SystemRead).ExcludeFromDescription();
    }

    public static IEnumerable<BackupFile> Select(BackupStore store, TableQuery query)
    {
        IEnumerable<BackupFile> found = store.List().Where(f => BackupFile.NameOf(f.Id).Contains(query.Search, StringComparison.OrdinalIgnoreCase));
        return query.Sort switch
        {
            "made" => query.Order(found, f => f.At),
            "size" => query.Order(found, f => f.Octets),
            _      => found,
        };
    }

    private static string Make(HttpContext http, BackupStore store, Flash flash, ITexts texts)
    {
        store.Start(http.User.ActorName());
        flash.Good(texts["The backup is being written. It goes on when you leave this page."]);
        return "/backups";
    }

    private static async Task<string> RemoveAsync(HttpContext http, [FromForm] string id, [FromForm] string? typed, BackupStore store, Flash flash, ITexts texts)
    {
        if (typed != id)
        {
            flash.Bad(texts["What had to be typed was not; nothing was done."]);
        }
        else if (await store.RemoveAsync(id, http.User.ActorName()))
        {
            flash.Good(texts["It is removed."]);
        }
        else
        {
            flash.Bad(texts["It is gone already."]);
        }

        return "/backups";
    }
}
