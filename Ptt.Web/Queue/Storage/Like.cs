namespace Ptt.Web.Queue.Storage;

/// <summary>Patterns for <c>LIKE ? ESCAPE '\'</c>.</summary>
internal static class Like
{
    public static string? Containing(string? text) => string.IsNullOrEmpty(text)
        ? null
        : "%" + text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal) + "%";
}
