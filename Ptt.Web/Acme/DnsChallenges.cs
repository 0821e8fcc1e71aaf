using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Probing;
using Ptt.Dns.Updating;
using Ptt.Web.Domains.Updates;

namespace Ptt.Web.Acme;

/// <summary>
/// The records of RFC 8555 §8.4: written by signed update, shown by every authoritative server before the authority is asked to look, taken away after.
/// Values that another client wrote at the same name stay where they are.
/// </summary>
internal sealed class DnsChallenges(IZoneUpdater updater, IAuthorityProbe probe, AcmeStore store, TimeProvider time)
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Null when every server shows them all. A name and its wildcard share one record set.</summary>
    public async ValueTask<AcmeFailure?> PublishAsync(DomainName name, IReadOnlyCollection<string> values, TimeSpan patience, CancellationToken cancellationToken)
    {
        store.Attempts = store.Attempts with { Challenges = [.. store.Attempts.Challenges, .. values] };   // before it is done: a crash leaves no record unknown
        DomainName at = name.Below("_acme-challenge");
        (ProbeReport report, RecordData[] seen) = await LookAsync(at, cancellationToken);
        RecordData[] wanted = [.. seen.Where(d => !IsOurs(d)).Union(values.Select(v => new RecordData.Txt(v)))];
        if (report.Fault is { } fault)
        {
            return new AcmeFailure(fault);
        }

        if (await updater.SetAsync(at, RecordType.Txt, Ttl, wanted, seen, cancellationToken) is UpdateResult.Failed failed)
        {
            return new AcmeFailure($"{at} could not be written: {failed.Explanation}");
        }

        for (DateTimeOffset until = time.GetUtcNow() + patience; ; await Task.Delay(LookEvery, time, cancellationToken))
        {
            (report, _) = await LookAsync(at, cancellationToken);
            if (report.Proves(wanted))
            {
                return null;
            }

            if (time.GetUtcNow() > until)
            {
                return new AcmeFailure($"Not every name server shows {at} after {patience}: {report.Fault}{string.Join("; ", report.Against(wanted).Select(m => m.Reason))}");
            }
        }
    }

    /// <summary>Takes away every value that we ever wrote there. What cannot be reached now is taken away the next time.</summary>
    public async ValueTask WithdrawAsync(IEnumerable<DomainName> names, CancellationToken cancellationToken)
    {
        bool all = true;
        foreach (DomainName at in names.Select(n => n.Below("_acme-challenge")))
        {
            (ProbeReport report, RecordData[] seen) = await LookAsync(at, cancellationToken);
            all &= report.Fault is null
                && (!seen.Any(IsOurs) || await updater.SetAsync(at, RecordType.Txt, Ttl, [.. seen.Where(d => !IsOurs(d))], seen, cancellationToken) is UpdateResult.Done);
        }

        if (all)
        {
            store.Attempts = store.Attempts with { Challenges = [] };
        }
    }

    private bool IsOurs(RecordData data) => data is RecordData.Txt && store.Attempts.Challenges.Any(c => new RecordData.Txt(c).Equals(data));

    private async ValueTask<(ProbeReport Report, RecordData[] Seen)> LookAsync(DomainName at, CancellationToken cancellationToken)
    {
        ZoneTarget target = await updater.FindAsync(at, cancellationToken);
        ProbeReport report = await probe.ProbeAsync(at, RecordType.Txt, (target as ZoneTarget.Updatable)?.Primary, cancellationToken);
        return (report, [.. report.Servers.Where(s => s.Alias is null).Select(s => s.View).OfType<ServerView.Shows>().SelectMany(s => s.Records).Select(r => r.Data).Distinct()]);
    }
}
