using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Probing;
using Ptt.Dns.Updating;
using Ptt.Web.Domains.Updates;
using Ptt.Web.Keys.Rings;

namespace Ptt.Web.Keys.Rotation;

/// <summary>Key records by signed update, and what the authoritative servers show of them.</summary>
internal sealed class KeyDns(IZoneUpdater updater, IAuthorityProbe probe) : IKeyDns
{
    public async ValueTask<KeyUpdate> SetAsync(DomainName name, string? wanted, string? previous, TimeSpan ttl, CancellationToken cancellationToken) =>
        await updater.SetAsync(name, RecordType.Txt, ttl, Texts(wanted), Texts(previous), cancellationToken) switch
        {
            UpdateResult.Done => new KeyUpdate.Done(),
            UpdateResult.Failed { Reason: UpdateFailure.NotConfigured } failed => new KeyUpdate.Manual(failed.Explanation),
            UpdateResult.Failed { IsDrift: true } failed => new KeyUpdate.Drift(failed.Explanation),
            UpdateResult.Failed failed => new KeyUpdate.Failed(failed.Explanation),
            _ => throw new InvalidOperationException(),
        };

    public async ValueTask<KeyProof> ProbeAsync(DomainName name, string? expected, CancellationToken cancellationToken)
    {
        ZoneTarget target = await updater.FindAsync(name, cancellationToken);
        ProbeReport report = await probe.ProbeAsync(name, RecordType.Txt, (target as ZoneTarget.Updatable)?.Primary, cancellationToken);
        RecordData[] data = Texts(expected);
        IReadOnlyList<(ServerEvidence Server, string Reason)> misfits = report.Against(data);
        var servers = new List<KeyServerEvidence>();
        foreach (ServerEvidence server in report.Servers.Where(s => s.View is not ServerView.Unasked))
        {
            string? reason = misfits.FirstOrDefault(m => ReferenceEquals(m.Server, server)).Reason;
            string verdict = (reason, server.View) switch
            {
                (null, _) => "shows",
                (_, ServerView.Failed) => "unreachable",
                (_, ServerView.Denies) when expected is not null => "lacks",
                (_, ServerView.Shows shows) when server.Alias is null && !shows.Records.Select(r => r.Data).ToHashSet().SetEquals(data) => "differs",
                _ => "lags",
            };
            servers.Add(new KeyServerEvidence(server.Server.ToString(), server.Address?.ToString() ?? "", verdict, server.View.Serial, reason ?? expected));
        }

        if (report.Fault is not null)
        {
            servers.Add(new KeyServerEvidence(report.Zone?.ToString() ?? name.ToString(), "", "unreachable", null, report.Fault));
        }

        return new KeyProof(new KeyEvidence(report.At, report.Proves(data), servers), report.NegativeTtl);
    }

    private static RecordData[] Texts(string? text) => text is null ? [] : [new RecordData.Txt(text)];
}
