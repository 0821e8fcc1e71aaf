namespace Ptt.Web.Http;

/// <summary>One thing that is wrong with a request. <paramref name="Pointer"/> is a JSON Pointer (RFC 6901) such as <c>/limits/recipientsPerDay</c>.</summary>
public sealed record Fault(string Pointer, string Detail)
{
    /// <summary>The pointer with one more step, escaped (RFC 6901 §3).</summary>
    public static string Below(string pointer, string name) =>
        $"{pointer}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
}
