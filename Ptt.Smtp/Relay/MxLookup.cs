using System.Net;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>
/// RFC 5321 §5.1: from a domain to the hosts that take its mail. Only an answer of DNS ends a message here; no answer never does.
/// </summary>
public sealed class MxLookup(IResolver resolver, IReadOnlyCollection<DomainName> ownNames, Random? dice = null)
{
    private static readonly Reply NoSuchDomain = new(550, new(1, 2), "The domain does not exist");
    private static readonly Reply NullMx = new(556, new(1, 10), "The domain takes no mail (RFC 7505)");
    private static readonly Reply Loop = new(550, new(4, 6), "By its MX records the mail of the domain comes back to us");
    private static readonly Reply NothingUsable = new(451, new(4, 4), "No MX record of the domain names a usable host");

    private readonly Random _dice = dice ?? Random.Shared;

    public async ValueTask<MxAnswer> FindAsync(DomainName domain, CancellationToken cancellationToken)
    {
        DnsAnswer answer = await resolver.QueryAsync(domain, RecordType.Mx, cancellationToken).ConfigureAwait(false);
        return answer switch
        {
            DnsAnswer.Found found => FromRecords([.. found.Data<RecordData.Mx>()], answer.Authenticated),
            // RFC 5321 §5.1: without an MX the domain itself is the host, with preference 0.
            DnsAnswer.NoData when ownNames.Contains(domain) => new MxAnswer.Nobody(Loop),
            DnsAnswer.NoData => new MxAnswer.Hosts([new MxHost(domain, 0, Implicit: true)], answer.Authenticated),
            DnsAnswer.NoSuchName => new MxAnswer.Nobody(NoSuchDomain),
            DnsAnswer.Failed failed => new MxAnswer.Nobody(NoAnswer(domain, RecordType.Mx, failed)),
            _ => new MxAnswer.Nobody(NothingUsable),
        };
    }

    internal static Reply NoAnswer(DomainName name, RecordType type, DnsAnswer.Failed failed) =>
        new(451, new(4, 3), $"DNS gave no answer for {name} {type.ToString().ToUpperInvariant()} ({failed.Reason})");

    private MxAnswer FromRecords(RecordData.Mx[] records, bool authenticated)
    {
        if (records is [{ Exchange.IsRoot: true }])                                              // RFC 7505 §3
        {
            return new MxAnswer.Nobody(NullMx);
        }

        // §5.1: where we are in the list ourselves, only hosts that are preferred to us are left.
        int own = records.Where(r => ownNames.Contains(r.Exchange)).Select(r => r.Preference).DefaultIfEmpty(int.MaxValue).Min();
        MxHost[] hosts =
        [
            .. records
                .Where(r => r.Preference < own && IsHostName(r.Exchange))
                .GroupBy(r => r.Exchange, (name, same) => new MxHost(name, same.Min(r => r.Preference)))
                .OrderBy(h => h.Preference).ThenBy(_ => _dice.Next()),                           // §5.1: equal ones share the load
        ];

        return hosts.Length > 0 ? new MxAnswer.Hosts(hosts, authenticated)
            : own < int.MaxValue ? new MxAnswer.Nobody(Loop)
            : new MxAnswer.Nobody(NothingUsable);
    }

    /// <summary>RFC 5321 §5.1 wants a name there; what reads as an address is somebody's mistake, and following it is a way around policies.</summary>
    private static bool IsHostName(DomainName exchange) => !exchange.IsRoot && !IPAddress.TryParse(exchange.ToString(), out _);
}
