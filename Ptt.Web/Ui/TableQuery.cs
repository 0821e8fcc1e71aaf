using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Ptt.Web.Ui;

/// <summary>What a table shows, as its address says it: so that it can be sent to a colleague and the back button works.</summary>
public sealed record TableQuery(string Path, IReadOnlyDictionary<string, string> Values)
{
    public const int DefaultSize = 50;
    public const int MaxSize = 200;

    public string Search => this["q"];

    /// <summary>The column; a minus in front turns it around.</summary>
    public string Sort => this["sort"].TrimStart('-');

    public bool Descending => this["sort"].StartsWith('-');

    /// <summary>Where the page before ended: a cursor in the words of the list's service; empty for the first page.</summary>
    public string After => this["after"];

    public int Size => int.TryParse(this["size"], out int size) ? Math.Clamp(size, 1, MaxSize) : DefaultSize;

    /// <summary>For lists that count their rows: where the page begins.</summary>
    public int Offset => int.TryParse(After, out int offset) && offset > 0 ? offset : 0;

    /// <summary>For lists that count their rows: those of this page.</summary>
    public TableSlice<T> Cut<T>(IEnumerable<T> found)
    {
        T[] all = [.. found];
        return new([.. all.Skip(Offset).Take(Size)], all.Length > Offset + Size ? (Offset + Size).ToString(CultureInfo.InvariantCulture) : null, all.Length);
    }

    public bool IsFiltered => Values.Keys.Any(k => k is not ("sort" or "after" or "size"));

    public string this[string name] => Values.GetValueOrDefault(name, "");

    public static TableQuery Of(NavigationManager navigation) => Of(new Uri(navigation.Uri));

    public static TableQuery Of(HttpRequest request) => Of(request.Path, request.QueryString.Value);

    public static TableQuery Of(Uri uri) => Of(uri.AbsolutePath, uri.Query);

    public TableQuery With(string name, string? value)
    {
        var values = Values.ToDictionary();
        values.Remove(name);
        if (name != "after")
        {
            values.Remove("after");   // another order or filter begins at its first page
        }

        if (!string.IsNullOrEmpty(value))
        {
            values[name] = value;
        }

        return this with { Values = values };
    }

    /// <summary>The address of the same rows as a file.</summary>
    public string Csv => (this with { Path = Path + ".csv" }).With("after", null).With("size", null).ToString();

    /// <summary>The rows in the direction that the address asks for.</summary>
    public IEnumerable<T> Order<T, TKey>(IEnumerable<T> rows, Func<T, TKey> key, IComparer<TKey>? comparer = null) =>
        Descending ? rows.OrderByDescending(key, comparer) : rows.OrderBy(key, comparer);

    public override string ToString() => QueryHelpers.AddQueryString(Path, Values.Select(v => KeyValuePair.Create(v.Key, (string?)v.Value)));

    private static TableQuery Of(string path, string? query) => new(path, QueryHelpers.ParseQuery(query)
        .Where(p => !StringValues.IsNullOrEmpty(p.Value))
        .ToDictionary(p => p.Key, p => Cut(p.Value[^1]!), StringComparer.Ordinal));

    private static string Cut(string value) => value.Length > 500 ? value[..500] : value;
}
