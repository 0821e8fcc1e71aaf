using System.Text;

namespace Ptt.Web.Queue.Tracing;

/// <summary>What a message is looked up by, as one number: FNV-1a over the lower-case text. A hit is compared with the text itself.</summary>
internal static class TraceKey
{
    public static long Of(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (Rune rune in text.EnumerateRunes())
        {
            hash = (hash ^ (uint)Rune.ToLowerInvariant(rune).Value) * 1099511628211;
        }

        return (long)hash;
    }

    /// <summary>The keys of an address: itself and its domain.</summary>
    public static IEnumerable<long> OfAddress(string address)
    {
        yield return Of(address);
        int at = address.LastIndexOf('@');
        if (at >= 0)
        {
            yield return Of(address[(at + 1)..]);
        }
    }

    /// <summary>A Message-ID with or without its angle brackets.</summary>
    public static string BareMessageId(string messageId) => messageId.Trim().TrimStart('<').TrimEnd('>');
}
