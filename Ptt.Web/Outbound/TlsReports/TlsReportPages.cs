using System.Globalization;
using Ptt.Web.Access;
using Ptt.Web.Ui;

namespace Ptt.Web.Outbound.TlsReports;

/// <summary>Days and places in the list as the addresses of the pages write them, and the list as a file.</summary>
internal static class TlsReportPages
{
    private const int MostRows = 100_000;

    public static void MapTlsReportPages(this WebApplication app) =>
        app.MapGet("/tls-reports.csv", (HttpContext http, TlsReportBook book) => CsvFile.Of(
                "tls-reports", ["day", "domain", "policies", "successful", "failed", "report"], RowsAsync(book, TableQuery.Of(http.Request))))
            .RequireAuthorization(Scopes.QueueRead).ExcludeFromDescription();

    public static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static DateOnly? Day(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day) ? day : null;

    public static bool IsOldestFirst(TableQuery query) => query["sort"] == "day";

    public static string Cursor(TlsReportLine last) => $"{Text(last.Day)} {last.Domain}";

    public static (DateOnly Day, string Domain)? After(string cursor) =>
        cursor.Split(' ') is [{ } day, { } domain] && Day(day) is { } known ? (known, domain) : null;

    private static async IAsyncEnumerable<IReadOnlyList<string?>> RowsAsync(TlsReportBook book, TableQuery query)
    {
        (DateOnly, string)? after = null;
        for (int rows = 0; rows < MostRows;)
        {
            IReadOnlyList<TlsReportLine> page = book.List(query.Search.Length > 0 ? query.Search : null, after, 500, IsOldestFirst(query));
            foreach (TlsReportLine r in page)
            {
                yield return [Text(r.Day), r.Domain, string.Join(' ', r.PolicyTypes), CsvFile.Number(r.Successful), CsvFile.Number(r.Failed), r.Report];
            }

            if (page.Count < 500)
            {
                yield break;
            }

            rows += page.Count;
            after = (page[^1].Day, page[^1].Domain);
            await Task.Yield();
        }
    }
}
