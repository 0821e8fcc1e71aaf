using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Ui;

namespace Ptt.Web.Shell;

/// <summary>The settings as a table: what the page and its file have in common.</summary>
internal static class SettingsPages
{
    public static void MapSettingsPages(this WebApplication app) =>
        app.MapGet("/settings.csv", (HttpRequest request, EffectiveSettings settings) => CsvFile.Of(
                "settings", ["key", "value", "source"],
                Select(settings, TableQuery.Of(request)).Select(s => (IReadOnlyList<string?>)
                    [s.Key, s.IsSecret && s.Value is not null ? "(not shown)" : s.Value, s.Source ?? "default"]).ToAsyncEnumerable()))
            .RequireAuthorization(Scopes.SystemRead).ExcludeFromDescription();

    public static void MapSettingsApi(this WebApplication app) =>
        app.MapApi("/settings").MapGet("", (EffectiveSettings settings) => TypedResults.Ok(new Page<EffectiveSetting>(settings.Read(), null)))
            .RequireAuthorization(Scopes.SystemRead).WithSummary("The configuration in force and where each value comes from; a secret is an empty value");

    public static IEnumerable<EffectiveSetting> Select(EffectiveSettings settings, TableQuery query)
    {
        IEnumerable<EffectiveSetting> found = settings.Read()
            .Where(s => query.Search.Length == 0 || s.Key.Contains(query.Search, StringComparison.OrdinalIgnoreCase))
            .Where(s => query["set"] != "yes" || s.Value is not null);
        return query.Sort switch
        {
            "key"    => query.Order(found, s => s.Key, StringComparer.OrdinalIgnoreCase),
            "source" => query.Order(found, s => s.Source ?? "", StringComparer.Ordinal),
            _        => found,
        };
    }
}
