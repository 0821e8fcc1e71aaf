using System.Globalization;
using System.Security.Cryptography;

namespace Ptt.Web.Keys.Rings;

/// <summary>Names for new keys. None is ever used twice in a domain.</summary>
internal static class Selectors
{
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyz23456789";   // without l, o, 0, 1: people read them aloud

    public static string Next(string pattern, KeyKind kind, KeyRing ring, DateTimeOffset wall)
    {
        for (int i = 0; ; i++)
        {
            string selector = pattern
                .Replace("%d", (wall.ToUnixTimeSeconds() + i).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("%t", wall.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("%a", kind.Letter.ToString(), StringComparison.Ordinal)
                .Replace("%r", RandomNumberGenerator.GetString(Alphabet, 4), StringComparison.Ordinal)
                .ToLowerInvariant();
            selector = i > 0 && !pattern.Contains("%d", StringComparison.Ordinal) && !pattern.Contains("%r", StringComparison.Ordinal)
                ? $"{selector}-{i + 1}"
                : selector;
            if (ring.Find(selector) is null)
            {
                return selector;
            }
        }
    }
}
