using System.Net;

namespace Ptt.Dns.Resolving;

/// <summary>The name servers of resolv.conf(5). Search lists are not for mail: every name here is absolute.</summary>
public static class ResolvConf
{
    public const string Path = "/etc/resolv.conf";

    public static IReadOnlyList<IPEndPoint> Read(string path = Path)
    {
        try
        {
            return Parse(File.ReadAllLines(path));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Parse([]);
        }
    }

    /// <summary>Without any line, the resolver on this machine: what the C library does too.</summary>
    public static IReadOnlyList<IPEndPoint> Parse(IEnumerable<string> lines)
    {
        IPEndPoint[] servers =
        [
            .. lines.Select(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
                .Where(words => words is ["nameserver", _, ..])
                .Select(words => IPAddress.TryParse(words[1], out IPAddress? address) ? new IPEndPoint(address, 53) : null)
                .OfType<IPEndPoint>(),
        ];
        return servers.Length > 0 ? servers : [new IPEndPoint(IPAddress.Loopback, 53)];
    }
}
