using System.Net;
using System.Net.Sockets;

namespace Ptt.Smtp.Client;

/// <summary>
/// Where mail may connect to. An MX record is a stranger's word: it must not make us speak to our own network, to a cloud's
/// metadata service or to ourselves. Checked on the address about to be dialled, not on what DNS said earlier.
/// </summary>
public sealed class AddressPolicy(bool allowPrivate = false, IReadOnlyList<IPNetwork>? allowed = null)
{
    // IANA's special-purpose registries (RFC 6890), those that are not globally reachable.
    private static readonly IPNetwork[] Reserved4 = [.. new[]
    {
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    }.Select(IPNetwork.Parse)];

    // Only 2000::/3 is global unicast, and not all of it: Teredo and friends, 6to4, documentation. Mapped, NAT64, link-local,
    // unique local and multicast addresses all lie outside.
    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] Reserved6 = [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(IPNetwork.Parse)];

    // Never, whatever is allowed: there is no single host behind them.
    private static readonly IPNetwork[] Nowhere = [.. new[] { "0.0.0.0/32", "224.0.0.0/4", "255.255.255.255/32", "::/128", "ff00::/8" }.Select(IPNetwork.Parse)];

    /// <summary>True when private addresses are allowed as a whole.</summary>
    public bool AllowsPrivate => allowPrivate;

    public bool Allows(IPAddress address) =>
        !Within(Nowhere, address) && (allowPrivate || IsPublic(address) || (allowed is not null && Within(allowed, address)));

    public static bool IsPublic(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !Within(Reserved4, address),
        AddressFamily.InterNetworkV6 => !address.IsIPv4MappedToIPv6 && Global6.Contains(address) && !Within(Reserved6, address),
        _ => false,
    };

    private static bool Within(IReadOnlyList<IPNetwork> networks, IPAddress address)
    {
        foreach (IPNetwork network in networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }
}
