using System.Net;
using System.Net.Sockets;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Dns.Transport;

namespace Ptt.Dns.Probing;

/// <summary>
/// Asks all name servers of a zone at each of their addresses, over TCP and without recursion. Who they are it learns from the resolver and from themselves;
/// what they say it takes from them alone.
/// </summary>
public sealed class AuthorityProbe(IResolver resolver, TimeProvider time, AuthorityProbeOptions options) : IAuthorityProbe
{
    private const int MaxAliases = 8;

    private readonly DnsTransport _transport = new(time);

    public async ValueTask<ProbeReport> ProbeAsync(DomainName name, RecordType type, IReadOnlyList<IPEndPoint>? primary, CancellationToken cancellationToken)
    {
        DateTimeOffset began = time.GetUtcNow();
        var evidence = new List<ServerEvidence>();
        DomainName at = name;
        for (int aliases = 0; aliases < MaxAliases; aliases++)
        {
            if (await ZoneWalk.FindAsync(resolver.QueryAsync, at, cancellationToken) is not ZoneWalkResult.Found zone)
            {
                return Report(null, null, TimeSpan.Zero, $"The zone of {at} cannot be found now.");
            }

            uint? serial = await PrimarySerialAsync(primary, zone.Zone, cancellationToken);
            IReadOnlyList<(DomainName Server, IPAddress? Address)> servers = await ServersAsync(zone.Zone, cancellationToken);
            if (servers.Count == 0)
            {
                return Report(zone.Zone, serial, TimeSpan.Zero, $"The name servers of {zone.Zone} cannot be found now.");
            }

            Answer[] answers = await Task.WhenAll(servers.Select(s => AskAsync(s.Server, s.Address, zone.Zone, at, type, cancellationToken)));
            DomainName? alias = answers.Select(a => a.Alias).FirstOrDefault(a => a is not null);
            evidence.AddRange(answers.Select(a => a.Evidence with { Alias = alias }));
            if (alias is null)
            {
                TimeSpan granted = answers.Select(a => a.NegativeTtl).Append(Lesser(zone.SoaTtl, zone.Soa.Minimum)).Max();
                return Report(zone.Zone, serial, granted, null);
            }

            at = alias.Value;
        }

        return Report(null, null, TimeSpan.Zero, $"The aliases of {name} do not end.");

        ProbeReport Report(DomainName? zone, uint? serial, TimeSpan negativeTtl, string? fault) =>
            new(name, type, zone, began, evidence, serial, negativeTtl, fault);
    }

    /// <summary>The zone's servers with their addresses; one without any stands with null. What the servers themselves add is added.</summary>
    private async Task<IReadOnlyList<(DomainName Server, IPAddress? Address)>> ServersAsync(DomainName zone, CancellationToken cancellationToken)
    {
        var names = new List<DomainName>();
        if (await resolver.QueryAsync(zone, RecordType.NS, cancellationToken) is DnsAnswer.Found told)
        {
            names.AddRange(told.Data<RecordData.Name>().Select(n => n.Value).Distinct());
        }

        var servers = new List<(DomainName, IPAddress?)>();
        bool askedThem = false;
        for (int i = 0; i < names.Count; i++)
        {
            IPAddress[] addresses = await AddressesAsync(names[i], cancellationToken);
            servers.AddRange(addresses.Length == 0 ? [(names[i], null)] : addresses.Select(a => (names[i], (IPAddress?)a)));
            foreach (IPAddress address in askedThem ? [] : addresses)
            {
                if (await QueryAsync(address, zone, RecordType.NS, cancellationToken) is Exchange.Answered { Message: { IsAuthoritative: true } reply })
                {
                    askedThem = true;
                    names.AddRange(reply.Answers.Where(r => r.Name == zone && r.Type == RecordType.NS).Select(r => r.Data).OfType<RecordData.Name>().Select(n => n.Value).Except(names).ToArray());
                    break;
                }
            }
        }

        return servers;
    }

    private async Task<IPAddress[]> AddressesAsync(DomainName server, CancellationToken cancellationToken)
    {
        var addresses = new List<IPAddress>();
        foreach (RecordType type in (RecordType[])[RecordType.A, RecordType.Aaaa])
        {
            if (await resolver.QueryAsync(server, type, cancellationToken) is DnsAnswer.Found found)
            {
                addresses.AddRange(found.Data<RecordData.Address>().Select(a => a.Value));
            }
        }

        return [.. addresses.Distinct()];
    }

    private async Task<Answer> AskAsync(DomainName server, IPAddress? address, DomainName zone, DomainName name, RecordType type, CancellationToken cancellationToken)
    {
        if (address is null)
        {
            return new Answer(new ServerEvidence(server, null, new ServerView.Failed("has no address")));
        }

        if (!HasRoute(address))
        {
            return new Answer(new ServerEvidence(server, address, new ServerView.Unasked($"this machine has no way to {address}")));
        }

        Exchange soaExchange = await QueryAsync(address, zone, RecordType.Soa, cancellationToken);
        Exchange exchange = await QueryAsync(address, name, type, cancellationToken);
        if (exchange is not Exchange.Answered { Message: var reply })
        {
            return new Answer(new ServerEvidence(server, address, new ServerView.Failed(((Exchange.Failed)exchange).Detail)));
        }

        if (reply.ResponseCode is not (ResponseCode.NoError or ResponseCode.NXDomain) || !reply.IsAuthoritative)
        {
            string how = reply.IsAuthoritative || reply.ResponseCode != ResponseCode.NoError ? RecordText.Name(reply.ResponseCode) : "without authority";
            return new Answer(new ServerEvidence(server, address, new ServerView.Failed($"answers {how} for {zone}")));
        }

        ResourceRecord? soa = (soaExchange as Exchange.Answered)?.Message.Answers.FirstOrDefault(r => r.Name == zone && r.Type == RecordType.Soa)
            ?? reply.Authority.FirstOrDefault(r => r.Type == RecordType.Soa);
        uint? serial = (soa?.Data as RecordData.Soa)?.Serial;
        TimeSpan negative = soa is { Data: RecordData.Soa { Minimum: var minimum } } ? Lesser(soa.Ttl, minimum) : TimeSpan.Zero;
        ResourceRecord[] records = [.. reply.Answers.Where(r => r.Name == name && r.Type == type)];
        ResourceRecord? alias = records.Length > 0 ? null : reply.Answers.FirstOrDefault(r => r.Name == name && r.Type == RecordType.CName);
        ServerView view = alias is not null ? new ServerView.Shows([alias], serial) : records.Length > 0 ? new ServerView.Shows(records, serial) : new ServerView.Denies(serial);
        return new Answer(new ServerEvidence(server, address, view)) { Alias = (alias?.Data as RecordData.Name)?.Value, NegativeTtl = negative };
    }

    private async Task<uint?> PrimarySerialAsync(IReadOnlyList<IPEndPoint>? primary, DomainName zone, CancellationToken cancellationToken)
    {
        foreach (IPEndPoint server in primary ?? [])
        {
            if (await QueryAsync(server, zone, RecordType.Soa, cancellationToken) is Exchange.Answered { Message: { IsAuthoritative: true, Answers: [{ Data: RecordData.Soa soa }, ..] } })
            {
                return soa.Serial;
            }
        }

        return null;
    }

    private ValueTask<Exchange> QueryAsync(IPAddress address, DomainName name, RecordType type, CancellationToken cancellationToken) =>
        QueryAsync(new IPEndPoint(address, options.Port), name, type, cancellationToken);

    private ValueTask<Exchange> QueryAsync(IPEndPoint server, DomainName name, RecordType type, CancellationToken cancellationToken) =>
        _transport.TcpAsync(server, new DnsMessage { Questions = [new Question(name, type)], Edns = Edns.Default }, options.Timeout, cancellationToken);

    /// <summary>Connecting a datagram socket sends nothing and tells whether there is a route.</summary>
    private static bool HasRoute(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(address, 53);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static TimeSpan Lesser(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private sealed record Answer(ServerEvidence Evidence)
    {
        public DomainName? Alias { get; init; }

        public TimeSpan NegativeTtl { get; init; }
    }
}

/// <param name="Port">Of authoritative servers; another in the sandbox and in tests.</param>
/// <param name="Timeout">For one reply.</param>
public sealed record AuthorityProbeOptions(int Port, TimeSpan Timeout);
