using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Probing;
using Ptt.Dns.Resolving;
using Ptt.Web.Alarms;
using Ptt.Web.Domains.Updates;

namespace Ptt.Web.Domains.Posture;

/// <summary>
/// What our own zones say now: their servers are asked themselves, so that a change shows at once and not when a resolver's memory ends. Where the
/// servers cannot be asked from here, the resolver answers.
/// </summary>
internal sealed class OwnZoneReader(IAuthorityProbe probe, IZoneUpdater updater, IResolver resolver)
{
    public async ValueTask<ZoneAnswer> ReadAsync(DomainName name, RecordType type, CancellationToken cancellationToken)
    {
        ZoneTarget target = await updater.FindAsync(name, cancellationToken);
        ProbeReport report = await probe.ProbeAsync(name, type, (target as ZoneTarget.Updatable)?.Primary, cancellationToken);
        ServerEvidence[] spoke = [.. report.Servers.Where(s => s.Alias is null && s.View is ServerView.Shows or ServerView.Denies)];
        if (report.Fault is not null || spoke.Length == 0)
        {
            return FromResolver(await resolver.QueryAsync(name, type, cancellationToken));
        }

        IReadOnlyList<ResourceRecord>[] views = [.. spoke.Select(s => s.View is ServerView.Shows shows ? shows.Records : [])];
        ResourceRecord[] union = [.. views.SelectMany(v => v).DistinctBy(r => r.Data)];
        bool agree = views.All(v => v.Select(r => r.Data).ToHashSet().SetEquals(union.Select(r => r.Data)));
        Wording? note = agree ? null : (Wording)$"The name servers do not agree: {string.Join("; ", report.Against([.. union.Select(r => r.Data)]).Select(a => a.Reason))}.";
        return new ZoneAnswer(union, note, null);
    }

    private static ZoneAnswer FromResolver(DnsAnswer answer) => answer switch
    {
        DnsAnswer.Found found => new ZoneAnswer(found.Records, null, null),
        DnsAnswer.Failed failed => new ZoneAnswer([], null, failed.Detail),
        _ => new ZoneAnswer([], null, null),
    };
}

/// <param name="Note">Set when the servers differ.</param>
/// <param name="Fault">Set when nothing is known.</param>
internal sealed record ZoneAnswer(IReadOnlyList<ResourceRecord> Records, Wording? Note, string? Fault)
{
    public IReadOnlyList<RecordData> Data { get; } = [.. Records.Select(r => r.Data)];

    public IEnumerable<string> Texts => Data.OfType<RecordData.Txt>().Select(t => t.Text);
}
