using System.Net;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Web.Configuration;

namespace Ptt.Web.Domains.Posture;

/// <summary>Our name and the addresses from which we send, as the Internet sees them: the configured ones, or those of the name.</summary>
internal sealed class OwnAddresses(IResolver resolver, IOptions<DomainOptions> options, IOptions<PttOptions> ptt)
{
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[] { "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3", "::/127", "fc00::/7", "fe80::/10", "ff00::/8" }
            .Select(n => IPNetwork.Parse(n)),
    ];

    /// <summary>Null where it is no name of the DNS.</summary>
    public DomainName? Hostname => DomainName.TryParse(ptt.Value.Hostname, out DomainName name) && name.Labels.Length > 1 ? name : null;

    public async ValueTask<IReadOnlyList<IPAddress>> AllAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Addresses.Length > 0)
        {
            return [.. options.Value.Addresses.Select(a => IPAddress.TryParse(a, out IPAddress? address) ? address : null).OfType<IPAddress>()];
        }

        return Hostname is { } name ? await ResolveAsync(name, cancellationToken) : [];
    }

    public async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(DomainName name, CancellationToken cancellationToken)
    {
        var addresses = new List<IPAddress>();
        foreach (RecordType type in (RecordType[])[RecordType.A, RecordType.Aaaa])
        {
            if (await resolver.QueryAsync(name, type, cancellationToken) is DnsAnswer.Found found)
            {
                addresses.AddRange(found.Data<RecordData.Address>().Select(a => a.Value));
            }
        }

        return addresses;
    }

    public static bool IsPublic(IPAddress address) => !NotPublic.Any(n => n.Contains(address));
}
