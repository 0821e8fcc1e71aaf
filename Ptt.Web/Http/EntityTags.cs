using Microsoft.Net.Http.Headers;

namespace Ptt.Web.Http;

/// <summary>Conditional requests (RFC 9110 §13): nobody's change is overwritten unseen.</summary>
public static class EntityTags
{
    /// <summary>What If-Match asks: nothing (null), anything that is there (<c>*</c>), or one of these.</summary>
    public static Precondition? IfMatch(HttpRequest request)
    {
        IList<EntityTagHeaderValue> tags = request.GetTypedHeaders().IfMatch;
        return tags.Count > 0 ? new Precondition([.. tags.Where(t => !t.IsWeak).Select(t => t.Tag.ToString().Trim('"'))])
            : request.Headers.IfMatch.Count > 0 ? new Precondition([]) : null;   // unreadable: matches nothing
    }

    public static void Set(HttpResponse response, string tag) => response.Headers.ETag = $"\"{tag}\"";

    /// <summary>True when If-None-Match holds the tag: the answer to a GET is then 304 (§13.1.2, weak comparison).</summary>
    public static bool IsNotModified(HttpRequest request, string tag) =>
        request.GetTypedHeaders().IfNoneMatch.Any(t => t.Tag == "*" || t.Tag.ToString().Trim('"') == tag);
}

/// <summary>The tags of an If-Match field (RFC 9110 §13.1.1, strong comparison).</summary>
public sealed record Precondition(IReadOnlyList<string> Tags)
{
    public static readonly Precondition Any = new(["*"]);

    public bool Allows(string tag) => Tags.Contains("*") || Tags.Contains(tag);
}
