using System.Globalization;
using System.Net;
using Ptt.Dns;

namespace Ptt.Web.Queue;

/// <summary>The form <c>host:port</c>, <c>192.0.2.1:25</c>, <c>[2001:db8::1]:25</c>.</summary>
internal static class NextHop
{
    public static bool IsValid(string? text)
    {
        int colon = text?.LastIndexOf(':') ?? -1;
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0)
        {
            return false;
        }

        string host = text![..colon];
        return host is ['[', .., ']'] ? IPAddress.TryParse(host[1..^1], out _) : DomainName.TryParse(host, out DomainName name) && !name.IsRoot;
    }
}
