using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Dns.Updating;
using Ptt.Web.Domains.Updates;

namespace Ptt.Web.Keys;

/// <summary>Key records by signed update; what the servers show, by asking.</summary>
internal sealed class KeyDns(IZoneUpdater updater, IResolver resolver, TimeProvider time) : IKeyDns
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
        DnsAnswer answer = await resolver.QueryAsync(name, RecordType.Txt, cancellationToken);
        string[] shown = answer is DnsAnswer.Found found ? [.. found.Data<RecordData.Txt>().Select(t => t.Text)] : [];
        string verdict = answer is DnsAnswer.Failed ? "unreachable"
            : expected is null ? shown.Length == 0 ? "shows" : "differs"
            : shown is [var one] && one == expected ? "shows" : shown.Length == 0 ? "lacks" : "differs";
        string? text = answer is DnsAnswer.Failed failed ? failed.Detail : shown.Length == 0 ? null : string.Join(" | ", shown);
        var server = new ServerEvidence("resolver", "", verdict, null, text);
        return new KeyProof(new KeyEvidence(time.GetUtcNow(), verdict == "shows", [server]), TimeSpan.Zero);
    }

    private static RecordData[] Texts(string? text) => text is null ? [] : [new RecordData.Txt(text)];
}
