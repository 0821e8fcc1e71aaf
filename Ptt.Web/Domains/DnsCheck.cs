using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Dns.Transport;
using Ptt.Dns.Updating;
using Ptt.Web.Configuration;
using Ptt.Web.Domains.Posture;
using Ptt.Web.Domains.Updates;

namespace Ptt.Web.Domains;

/// <summary>For <c>ptt check</c>: each resolver answers; each zone's primary takes our key, asked by an update that changes nothing; each domain is as it should be.</summary>
internal sealed class DnsCheck(
    IOptions<DnsOptions> dns, IOptions<DnsUpdateOptions> update, IZoneUpdater updater, IOwnDomains domains, DomainPosture posture, TimeProvider time) : ICheck
{
    public async IAsyncEnumerable<CheckResult> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (IPEndPoint server in DomainsFeature.Servers(dns.Value))
        {
            yield return await AskAsync(server, cancellationToken);
        }

        foreach (DomainName zone in Zones())
        {
            yield return await TryKeyAsync(zone, cancellationToken);
        }

        foreach (DomainName domain in domains.All)
        {
            DomainReport report = await posture.CheckAsync(domain, cancellationToken);
            foreach (PostureItem item in report.Items.Where(i => i.State >= PostureState.Unknown))
            {
                yield return new CheckResult(item.State == PostureState.Bad ? CheckVerdict.Bad : CheckVerdict.Warning, $"{item.Kind} of {domain}", item.Text, item.Advice?.ToString());
            }

            if (report.Worst < PostureState.Unknown)
            {
                yield return new CheckResult(CheckVerdict.Good, $"DNS of {domain}", $"{report.Items.Count} subjects, all well");
            }
        }
    }

    private async ValueTask<CheckResult> AskAsync(IPEndPoint server, CancellationToken cancellationToken)
    {
        var query = new DnsMessage { RecursionDesired = true, AuthenticData = true, Edns = Edns.Default, Questions = [new Question(DomainName.Root, RecordType.NS)] };
        string subject = $"DNS resolver {server}";
        return await new DnsTransport(time).QueryAsync(server, query, dns.Value.Timeout, cancellationToken) switch
        {
            Exchange.Answered { Message: { ResponseCode: ResponseCode.NoError or ResponseCode.NXDomain } reply } =>
                new(CheckVerdict.Good, subject, reply.AuthenticData && IPAddress.IsLoopback(server.Address) ? "answers and validates (DANE works)" : "answers"),
            Exchange.Answered { Message: var reply } => new(CheckVerdict.Bad, subject, $"answers {RecordText.Name(reply.ResponseCode)}", "Name a recursive resolver that serves this machine in Ptt:Dns:Resolvers."),
            Exchange.Failed failed => new(CheckVerdict.Bad, subject, failed.Detail, "Name a recursive resolver that this machine can reach in Ptt:Dns:Resolvers."),
            _ => new(CheckVerdict.Bad, subject, "no answer"),
        };
    }

    /// <summary>An update with a prerequisite that holds and without a change (RFC 2136 §3): the server checks zone, key and permission, and does nothing.</summary>
    private async ValueTask<CheckResult> TryKeyAsync(DomainName zone, CancellationToken cancellationToken)
    {
        string subject = $"DNS update of {zone}";
        switch (await updater.FindAsync(zone, cancellationToken))
        {
            case ZoneTarget.Manual manual:
                return new(CheckVerdict.Warning, subject, manual.Reason, "Records of this zone are entered by hand, as the pages show them.");
            case ZoneTarget.Unknown unknown:
                return new(CheckVerdict.Bad, subject, unknown.Reason, "Check Ptt:Dns:Update:Server.");
            case ZoneTarget.Updatable target:
                UpdateResult result = await new UpdateClient(time) { Timeout = update.Value.Timeout }
                    .SendAsync(new ZoneUpdate(target.Zone, [new Prerequisite.NameInUse(target.Zone)], []), target.Primary[0], target.Key, cancellationToken);
                return result switch
                {
                    UpdateResult.Done { ClockSkew: var skew } when skew.Duration() > Tsig.Fudge / 2 =>
                        new(CheckVerdict.Warning, subject, $"the key is accepted, but the clocks are {skew.Duration().TotalSeconds:0} s apart", "Set both clocks."),
                    UpdateResult.Done => new(CheckVerdict.Good, subject, $"{target.Primary[0]} accepts the key {target.Key.Name}"),
                    UpdateResult.Failed failed => new(CheckVerdict.Bad, subject, failed.Explanation),
                    _ => new(CheckVerdict.Bad, subject, "no result"),
                };
            default:
                return new(CheckVerdict.Bad, subject, "the zone cannot be found");
        }
    }

    private IEnumerable<DomainName> Zones()
    {
        IEnumerable<DomainName> named = update.Value.Zones.Keys.Select(DomainName.Parse);
        IEnumerable<DomainName> told = TsigKey.TryParse(update.Value.Key, out TsigKey? key, out _) && key.Zone is { } zone ? [zone] : [];
        return domains.All.Concat(named).Concat(told).Distinct();
    }
}
