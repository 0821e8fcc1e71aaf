using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>The addresses of a host, in the order to try them.</summary>
public abstract record HostAddresses
{
    public sealed record Found(IReadOnlyList<IPAddress> InOrder, bool Authenticated) : HostAddresses
    {
        /// <summary>Whose addresses they are, the aliases followed; null where no name was looked up.</summary>
        public DomainName? Canonical { get; init; }
    }

    public sealed record None(Reply Reply) : HostAddresses;
}

/// <summary>A and AAAA, asked together and taken in turn, so that one broken family costs little (RFC 8305 in spirit).</summary>
public sealed class AddressLookup(IResolver resolver, bool? useIPv6 = null)
{
    private readonly Lazy<bool> _useIPv6 = new(() => useIPv6 ?? HasGlobalIPv6());

    public async ValueTask<HostAddresses> FindAsync(DomainName host, CancellationToken cancellationToken)
    {
        ValueTask<DnsAnswer> first = _useIPv6.Value
            ? resolver.QueryAsync(host, RecordType.Aaaa, cancellationToken)
            : ValueTask.FromResult<DnsAnswer>(new DnsAnswer.NoData());
        DnsAnswer a = await resolver.QueryAsync(host, RecordType.A, cancellationToken).ConfigureAwait(false);
        DnsAnswer aaaa = await first.ConfigureAwait(false);

        IPAddress[] v4 = Addresses(a), v6 = Addresses(aaaa);
        if (v4.Length + v6.Length > 0)
        {
            bool authenticated = (v4.Length == 0 || a.Authenticated) && (v6.Length == 0 || aaaa.Authenticated);
            return new HostAddresses.Found([.. Interleave(v6, v4)], authenticated) { Canonical = ((DnsAnswer.Found)(v4.Length > 0 ? a : aaaa)).Records[0].Name };
        }

        return (a, aaaa) switch
        {
            (DnsAnswer.Failed failed, _) => new HostAddresses.None(MxLookup.NoAnswer(host, RecordType.A, failed)),
            (_, DnsAnswer.Failed failed) => new HostAddresses.None(MxLookup.NoAnswer(host, RecordType.Aaaa, failed)),
            _ => new HostAddresses.None(new Reply(550, new(4, 4), $"{host} has no address")),
        };
    }

    internal static IEnumerable<IPAddress> Interleave(IReadOnlyList<IPAddress> v6, IReadOnlyList<IPAddress> v4)
    {
        for (int i = 0; i < Math.Max(v6.Count, v4.Count); i++)
        {
            if (i < v6.Count)
            {
                yield return v6[i];
            }

            if (i < v4.Count)
            {
                yield return v4[i];
            }
        }
    }

    private static IPAddress[] Addresses(DnsAnswer answer)
    {
        IPAddress[] all = answer is DnsAnswer.Found found ? [.. found.Data<RecordData.Address>().Select(d => d.Value)] : [];
        if (all.Length > 1)
        {
            Random.Shared.Shuffle(all);
        }

        return all;
    }

    private static bool HasGlobalIPv6() =>
        Socket.OSSupportsIPv6 && NetworkInterface.GetAllNetworkInterfaces()
            .Where(n => n.OperationalStatus == OperationalStatus.Up)
            .SelectMany(n => n.GetIPProperties().UnicastAddresses)
            .Any(u => u.Address.AddressFamily == AddressFamily.InterNetworkV6 && Client.AddressPolicy.IsPublic(u.Address));
}
