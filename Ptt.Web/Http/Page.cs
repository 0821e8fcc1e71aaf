namespace Ptt.Web.Http;

/// <summary>A page of a list. <paramref name="Next"/> is the cursor of the page after it; null on the last one.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>The query parameters of every list.</summary>
public static class Paging
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 200;

    /// <summary>Null where <paramref name="limit"/> is no number from 1 to 200.</summary>
    public static int? Limit(int? limit) => limit is null ? DefaultLimit : limit is >= 1 and <= MaxLimit ? limit : null;

    public static Fault LimitFault { get; } = new("/limit", $"must be from 1 to {MaxLimit}");

    public static Fault CursorFault { get; } = new("/cursor", "is not a cursor that this list gave out");

    /// <summary>Names the next page in a Link field (RFC 8288), as generic clients follow it.</summary>
    public static void LinkNext(HttpContext http, string? next)
    {
        if (next is not null)
        {
            string others = string.Concat(http.Request.Query.Where(q => q.Key != "cursor").SelectMany(q => q.Value.Select(v => $"&{q.Key}={Uri.EscapeDataString(v ?? "")}")));
            http.Response.Headers.Link = $"<{http.Request.Path.ToUriComponent()}?cursor={next}{others}>; rel=\"next\"";
        }
    }
}
