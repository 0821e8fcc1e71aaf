using System.Net;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Probing;
using Ptt.Dns.Resolving;
using Ptt.Dns.Updating;
using Ptt.Web.Domains.Updates;

namespace Ptt.Tests.Support;

/// <summary>
/// Zones that take our updates and are asked without a network: the table of a <see cref="StaticResolver"/> is what every server shows. <see cref="Refusal"/> makes the
/// next updates fail.
/// </summary>
internal sealed class StaticZones(StaticResolver dns) : IZoneUpdater, IAuthorityProbe
{
    public UpdateFailure? Refusal { get; set; }

    /// <summary>Where a person has to enter the records.</summary>
    public bool IsManual { get; set; }

    public int Updates { get; private set; }

    public ValueTask<ZoneTarget> FindAsync(DomainName name, CancellationToken cancellationToken) => ValueTask.FromResult<ZoneTarget>(IsManual
        ? new ZoneTarget.Manual(name, DomainName.Parse(string.Join('.', name.Labels.TakeLast(2))), "No key is configured.")
        : new ZoneTarget.Updatable(
            name, DomainName.Parse(string.Join('.', name.Labels.TakeLast(2))), [new IPEndPoint(IPAddress.Loopback, 53)],
            new TsigKey(DomainName.Parse("test"), TsigAlgorithm.HmacSha256, [1])));

    public async ValueTask<UpdateResult> SetAsync(
        DomainName name, RecordType type, TimeSpan ttl, IReadOnlyList<RecordData> wanted, IReadOnlyList<RecordData> previous, CancellationToken cancellationToken)
    {
        if (IsManual || Refusal is not null)
        {
            return new UpdateResult.Failed(Refusal ?? UpdateFailure.NotConfigured, "refused in this test");
        }

        HashSet<RecordData> seen = [.. await SeenAsync(name, type)];
        if (seen.SetEquals(wanted))
        {
            return new UpdateResult.Done(TimeSpan.Zero);
        }

        if (!seen.SetEquals(previous))
        {
            return new UpdateResult.Failed(previous.Count == 0 ? UpdateFailure.YXRRset : UpdateFailure.NXRRset, "drift in this test");
        }

        Updates++;
        dns.Remove(name.ToString(), type).Add([.. wanted.Select(d => new ResourceRecord(name, type, ttl, d).ToString())]);
        return new UpdateResult.Done(TimeSpan.Zero);
    }

    public async ValueTask<ProbeReport> ProbeAsync(DomainName name, RecordType type, IReadOnlyList<IPEndPoint>? primary, CancellationToken cancellationToken)
    {
        DnsAnswer answer = await dns.QueryAsync(name, type, cancellationToken);
        ServerView view = answer switch
        {
            DnsAnswer.Found found => new ServerView.Shows(found.Records, 1),
            DnsAnswer.Failed failed => new ServerView.Failed(failed.Detail),
            _ => new ServerView.Denies(1),
        };
        return new ProbeReport(
            name, type, name.Parent, DateTimeOffset.UnixEpoch, [new ServerEvidence(DomainName.Parse("ns.test"), IPAddress.Loopback, view)], 1, TimeSpan.FromSeconds(60), null);
    }

    private async ValueTask<IEnumerable<RecordData>> SeenAsync(DomainName name, RecordType type) =>
        await dns.QueryAsync(name, type, CancellationToken.None) is DnsAnswer.Found found ? found.Records.Where(r => r.Name == name).Select(r => r.Data) : [];
}
