namespace Ptt.Web.Domains.Posture;

/// <summary>The <c>tag=value; tag=value</c> of DMARC, TLSRPT and MTA-STS records.</summary>
internal static class Tags
{
    /// <summary>Null where the text has not that form. Tags in lower case; of a repeated one the first counts.</summary>
    public static IReadOnlyDictionary<string, string>? Parse(string text)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                return null;
            }

            tags.TryAdd(part[..equals].Trim().ToLowerInvariant(), part[(equals + 1)..].Trim());
        }

        return tags;
    }

    public static bool IsVersion(string text, string version) =>
        text.Split(';')[0].Replace(" ", "", StringComparison.Ordinal).Equals("v=" + version, StringComparison.OrdinalIgnoreCase);
}
