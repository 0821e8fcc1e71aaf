using System.Globalization;
using System.Text;

namespace Ptt.Web.Ui;

/// <summary>A table as a file (RFC 4180), written row by row, so that its length does not matter.</summary>
public static class CsvFile
{
    public static IResult Of(string name, IReadOnlyList<string> header, IAsyncEnumerable<IReadOnlyList<string?>> rows) =>
        TypedResults.Stream(async stream =>
        {
            await using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
            await writer.WriteAsync(Line(header));
            await foreach (IReadOnlyList<string?> row in rows)
            {
                await writer.WriteAsync(Line(row));
            }
        }, "text/csv; charset=utf-8", name + ".csv");

    public static string Line(IEnumerable<string?> cells) => string.Join(',', cells.Select(Cell)) + "\r\n";

    /// <summary>RFC 3339 in UTC: a file is for machines as well.</summary>
    public static string? Instant(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Cell(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return "";
        }

        // A spreadsheet would run a cell that begins so; the apostrophe keeps it text.
        string text = value[0] is '=' or '+' or '-' or '@' or '\t' or '\r' && !double.TryParse(value, out _) ? "'" + value : value;
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
    }
}
