using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Ptt.Smtp.Client;

/// <summary>
/// Addresses of hosts that the administrator named (routes, the next role), by the machine's own resolver: such a name may stand in
/// the hosts file or in a container's network and nowhere else. Kept half a minute.
/// </summary>
public sealed class SystemNames(TimeProvider time)
{
    private static readonly TimeSpan Keep = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, (IReadOnlyList<IPAddress> Addresses, long At)> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Empty when there is none.</summary>
    public async ValueTask<IReadOnlyList<IPAddress>> FindAsync(string host, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(host, out (IReadOnlyList<IPAddress> Addresses, long At) known)
            && (known.At < 0 || time.GetElapsedTime(known.At) < Keep))
        {
            return known.Addresses;
        }

        if (IPAddress.TryParse(host, out IPAddress? literal))
        {
            return (_known[host] = ([literal], -1)).Addresses;
        }

        try
        {
            IPAddress[] found = await System.Net.Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
            return (_known[host] = (found, time.GetTimestamp())).Addresses;
        }
        catch (SocketException)
        {
            return [];
        }
    }
}
