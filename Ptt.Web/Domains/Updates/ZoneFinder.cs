using System.Net;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Dns.Transport;
using Ptt.Dns.Updating;

namespace Ptt.Web.Domains.Updates;

/// <summary>
/// Finds for a name the zone, the primary and our key. The configuration comes first, then the zone that the key's name tells (<c>x._update.example.org</c>),
/// then a walk up the tree in search of the SOA: at the configured primary, which knows its zones best, or else through the resolver.
/// </summary>
internal sealed class ZoneFinder(IResolver resolver, IOptions<DnsOptions> dns, IOptions<DnsUpdateOptions> options, TimeProvider time)
{
    private const int MaxAliases = 8;

    private readonly DnsTransport _transport = new(time);

    public async ValueTask<ZoneTarget> FindAsync(DomainName name, CancellationToken cancellationToken)
    {
        for (int aliases = 0; aliases < MaxAliases; aliases++)
        {
            switch (await AskAsync(name, RecordType.CName, cancellationToken))
            {
                case DnsAnswer.Found found when found.Data<RecordData.Name>().FirstOrDefault() is { Value: var target }:
                    name = target;   // a delegation by alias, as for _acme-challenge: the record belongs at its end
                    continue;
                case DnsAnswer.Failed failed:
                    return new ZoneTarget.Unknown(name, failed.Detail);
            }

            return await LocateAsync(name, cancellationToken);
        }

        return new ZoneTarget.Manual(name, null, $"The aliases of {name} do not end.");
    }

    /// <summary>The addresses of a configured or found primary.</summary>
    public async ValueTask<IReadOnlyList<IPEndPoint>> AddressesAsync(ServerAddress server, CancellationToken cancellationToken)
    {
        if (server.Address is { } address)
        {
            return [new IPEndPoint(address, server.Port)];
        }

        var addresses = new List<IPEndPoint>();
        foreach (RecordType type in (RecordType[])[RecordType.A, RecordType.Aaaa])
        {
            if (await resolver.QueryAsync(server.Host, type, cancellationToken) is DnsAnswer.Found found)
            {
                addresses.AddRange(found.Data<RecordData.Address>().Select(a => new IPEndPoint(a.Value, server.Port)));
            }
        }

        return addresses;
    }

    private async ValueTask<ZoneTarget> LocateAsync(DomainName name, CancellationToken cancellationToken)
    {
        (DomainName? zone, ServerAddress? server, TsigKey? key) = Configured(name);
        if (zone is null || server is null)
        {
            switch (await ZoneWalk.FindAsync(AskAsync, name, cancellationToken))
            {
                case ZoneWalkResult.Found found:
                    zone ??= found.Zone;
                    server ??= new ServerAddress(null, found.Soa.Primary, dns.Value.AuthorityPort);
                    break;
                case ZoneWalkResult.Failed failed when zone is null:
                    return new ZoneTarget.Unknown(name, failed.Detail);
            }
        }

        if (key is null)
        {
            return new ZoneTarget.Manual(name, zone, $"No key for updates of {zone} is configured ({DnsUpdateOptions.Section}:Key).");
        }

        IReadOnlyList<IPEndPoint> addresses = server is null ? [] : await AddressesAsync(server, cancellationToken);
        return addresses.Count > 0
            ? new ZoneTarget.Updatable(name, zone!.Value, addresses, key)
            : new ZoneTarget.Unknown(name, server is null ? $"The primary of {zone} that its SOA names has no address now." : $"The primary of {zone}, {server}, has no address now.");
    }

    /// <summary>What the configuration says for a name: the longest zone that holds it, and for what that leaves open, the common server and key.</summary>
    private (DomainName? Zone, ServerAddress? Server, TsigKey? Key) Configured(DomainName name)
    {
        DnsUpdateOptions all = options.Value;
        (DomainName Zone, DnsUpdateOptions.ZoneOptions Options)? own = all.Zones
            .Select(z => ((DomainName Zone, DnsUpdateOptions.ZoneOptions Options)?)(DomainName.Parse(z.Key), z.Value))
            .Where(z => name.IsWithin(z!.Value.Zone)).MaxBy(z => z!.Value.Zone.Labels.Length);
        string serverText = own is { Options.Server.Length: > 0 } ? own.Value.Options.Server : all.Server;
        string keyText = own is { Options.Key.Length: > 0 } ? own.Value.Options.Key : all.Key;
        TsigKey? key = TsigKey.TryParse(keyText, out TsigKey? parsed, out _) ? parsed : null;
        DomainName? zone = own?.Zone ?? (key?.Zone is { } told && name.IsWithin(told) ? told : null);
        return (zone, serverText.Length > 0 && ServerAddress.TryParse(serverText, out ServerAddress server) ? server : null, key);
    }

    /// <summary>At the configured primary, if it answers with authority; through the resolver otherwise.</summary>
    private async ValueTask<DnsAnswer> AskAsync(DomainName name, RecordType type, CancellationToken cancellationToken)
    {
        if (Configured(name).Server is { } server)
        {
            foreach (IPEndPoint address in await AddressesAsync(server, cancellationToken))
            {
                Exchange exchange = await _transport.TcpAsync(
                    address, new DnsMessage { Questions = [new Question(name, type)], Edns = Edns.Default }, options.Value.Timeout, cancellationToken);
                if (exchange is Exchange.Answered { Message: { IsAuthoritative: true, ResponseCode: ResponseCode.NoError or ResponseCode.NXDomain } reply })
                {
                    return AnswerReader.Read(reply, name, type, out _);
                }
            }
        }

        return await resolver.QueryAsync(name, type, cancellationToken);
    }
}
