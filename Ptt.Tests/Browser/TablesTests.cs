using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Tests.Support;
using Ptt.Web.Queue.Webhooks;

namespace Ptt.Tests.Browser;

/// <summary>Every table of every page sorts, filters, pages on the server and exports CSV; the few that do not stand here with their reason.</summary>
[Collection(BrowserCollection.Name)]
public sealed partial class TablesTests(BrowserFixture fixture)
{
    private static readonly string[] NotLists =
    [
        "Ptt.Web/Ui/DataTable.razor",              // the list itself
        "Ptt.Web/Ui/SvgPlot.razor",                // the numbers of a plot, for who cannot see it: as many rows as it has points, in the order of time
        "Ptt.Web/Keys/Pages/KeyTimelinePlot.razor",// likewise: the steps of one key
        "Ptt.Web/Keys/Pages/KeyCard.razor",        // the few name servers of one zone, and what each shows
    ];

    // What can be sorted by has an index or is held in memory. Trace, queue and events of webhooks grow without end: they are sorted by age, both ways, and filtered by the rest;
    // the page of another column's order would have to read all of them.
    private static readonly Dictionary<string, string> ByAgeAlone = new()
    {
        ["/queue"] = "accepted", ["/messages"] = "accepted", ["/account/mail"] = "accepted", ["/webhooks/{Id}"] = "created", ["/tls-reports"] = "day", ["/audit"] = "at",
    };

    public static TheoryData<string> Lists => [.. Files().Where(f => f.Text.Contains("<DataTable ", StringComparison.Ordinal)).Select(f => f.Path)];

    [Fact]
    public void A_table_is_a_list_of_the_server_or_stands_among_the_exceptions() =>
        Assert.Equal(NotLists.Order(StringComparer.Ordinal), Files().Where(f => f.Text.Contains("<table", StringComparison.Ordinal)).Select(f => f.Path).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Lists))]
    public void A_list_has_a_filter_an_order_pages_and_a_file(string file)
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, file));
        string route = Routed(text);
        Assert.Contains("<Filters>", text, StringComparison.Ordinal);
        Assert.Contains(" Next=\"", text, StringComparison.Ordinal);
        Assert.Contains("<Empty>", file.EndsWith("UserImportPage.razor", StringComparison.Ordinal) ? "<Empty>" : text, StringComparison.Ordinal);   // a plan without rows is not shown as a table
        string[] sorts = [.. Sort().Matches(text).Select(m => m.Groups[1].Value)];
        Assert.NotEmpty(sorts);
        Assert.Equal(ByAgeAlone.TryGetValue(route, out string? age) ? [age] : sorts, sorts);
        Assert.Contains(fixture.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>(),
            e => string.Equals("/" + e.RoutePattern.RawText!.TrimStart('/'), route + ".csv", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task Every_order_that_a_list_offers_is_answered_both_ways(string file)
    {
        string text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, file)), route = Routed(text);
        if (route == "/webhooks/{Id}")
        {
            route = "/webhooks/" + fixture.App.Services.GetRequiredService<WebhookStore>().Add(new Uri("https://tables.example.com/"), ["message.delivered"]).Id;
        }
        else if (route.Contains('{', StringComparison.Ordinal))
        {
            return;   // an import is there when somebody has brought a file: UserPagesTests
        }

        using HttpClient client = fixture.App.ClientOf("ada@example.test");
        foreach (string sort in Sort().Matches(text).SelectMany(m => new[] { m.Groups[1].Value, "-" + m.Groups[1].Value }))
        {
            foreach (string path in new[] { $"{route}?sort={sort}&size=2", $"{route}.csv?sort={sort}" })
            {
                using HttpResponseMessage answer = await client.GetAsync(path);
                Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {(int)answer.StatusCode}");
            }
        }
    }

    [Theory]
    [InlineData("/users.csv?sort=address")]
    [InlineData("/settings.csv?sort=key")]
    [InlineData("/alarms.csv?sort=text")]
    public async Task The_file_has_the_order_of_the_list(string path)
    {
        using HttpClient client = fixture.App.ClientOf("ada@example.test");
        string[] up = await RowsAsync(client, path), down = await RowsAsync(client, path.Replace("sort=", "sort=-", StringComparison.Ordinal));
        Assert.True(up.Length > 2);
        Assert.Equal(up[0], down[^1]);
        Assert.NotEqual(up[0], down[0]);
    }

    private static async Task<string[]> RowsAsync(HttpClient client, string path) => (await client.GetStringAsync(path)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries)[1..];

    private static string Routed(string text) => Route().Matches(text).Last().Groups[1].Value;

    private static IEnumerable<(string Path, string Text)> Files() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "Ptt.Web"), "*.razor", SearchOption.AllDirectories)
            .Select(f => (Path.GetRelativePath(Repository.Root, f).Replace('\\', '/'), File.ReadAllText(f)));

    [GeneratedRegex("""^@page "([^"]*)"$""", RegexOptions.Multiline)]
    private static partial Regex Route();

    [GeneratedRegex("""<SortHeader Query="_query" Name="([^"]*)""")]
    private static partial Regex Sort();
}
