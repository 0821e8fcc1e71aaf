using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Ptt.Dns;

namespace Ptt.Smtp.Relay;

/// <summary>A next hop that an administrator named: <c>host:port</c>, <c>192.0.2.1:25</c>, <c>[2001:db8::1]:25</c>; the port may be left out.</summary>
public sealed record Route(string Host, int Port)
{
    public static bool TryParse(string? text, [NotNullWhen(true)] out Route? route)
    {
        route = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return false;
        }

        if (IPEndPoint.TryParse(text, out IPEndPoint? endPoint) && (text.Contains('.', StringComparison.Ordinal) || text.StartsWith('[')))
        {
            route = new Route(endPoint.Address.ToString(), endPoint.Port == 0 ? 25 : endPoint.Port);
            return true;
        }

        string[] parts = text.Split(':');
        int port = 25;
        if (parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out port))
            || port is < 1 or > 65535 || !DomainName.TryParse(parts[0], out DomainName host) || host.IsRoot)
        {
            return false;
        }

        route = new Route(host.ToString(), port);
        return true;
    }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
