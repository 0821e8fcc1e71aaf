using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Ptt.Web.Listeners;

/// <summary>Counts the sessions that are open, in all and by address, and says whether one more may be.</summary>
internal sealed class Admission
{
    private readonly ConcurrentDictionary<UInt128, int> _byAddress = new();
    private int _all;

    public int Open => _all;

    /// <summary>True takes a place, which <see cref="Leave"/> gives back.</summary>
    public bool TryEnter(IPAddress client, int most, int mostPerAddress)
    {
        if (Interlocked.Increment(ref _all) > most)
        {
            Interlocked.Decrement(ref _all);
            return false;
        }

        if (IPAddress.IsLoopback(client))
        {
            return true;                                                   // programs of this machine are not strangers
        }

        if (_byAddress.AddOrUpdate(KeyOf(client), 1, static (_, n) => n + 1) > mostPerAddress)
        {
            Leave(client);
            return false;
        }

        return true;
    }

    public void Leave(IPAddress client)
    {
        Interlocked.Decrement(ref _all);
        if (IPAddress.IsLoopback(client))
        {
            return;
        }

        UInt128 key = KeyOf(client);
        while (_byAddress.TryGetValue(key, out int n))
        {
            if (n <= 1 ? _byAddress.TryRemove(new KeyValuePair<UInt128, int>(key, n)) : _byAddress.TryUpdate(key, n - 1, n))
            {
                return;
            }
        }
    }

    // A host has a whole /64 of IPv6 to itself.
    private static UInt128 KeyOf(IPAddress address)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        Span<byte> octets = stackalloc byte[16];
        octets.Clear();
        address.TryWriteBytes(octets, out _);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            octets[8..].Clear();
        }

        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(octets);
    }
}
