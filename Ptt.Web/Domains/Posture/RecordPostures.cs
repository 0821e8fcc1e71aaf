using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;

namespace Ptt.Web.Domains.Posture;

/// <summary>The records that other rooms keep: the public keys. Compared here, changed only there.</summary>
internal sealed class KeptPosture(IEnumerable<IExpectedRecords> keepers, OwnZoneReader zones) : IPostureCheck
{
    public async ValueTask<IReadOnlyList<PostureItem>> CheckAsync(DomainName domain, CancellationToken cancellationToken)
    {
        var items = new List<PostureItem>();
        foreach (IGrouping<(DomainName Name, RecordType Type), ExpectedRecord> set in keepers.SelectMany(k => k.For(domain)).GroupBy(r => (r.Name, r.Type)))
        {
            ZoneAnswer zone = await zones.ReadAsync(set.Key.Name, set.Key.Type, cancellationToken);
            items.AddRange(set.Select(record => Judge(record, zone)));
        }

        return items;
    }

    private static PostureItem Judge(ExpectedRecord record, ZoneAnswer zone)
    {
        var item = new PostureItem(PostureKind.Dkim, PostureState.Good, record.Name, $"{record.Purpose}: as it should be.") { Type = record.Type, Expected = [record.Data], Seen = zone.Data };
        bool isThere = zone.Data.Contains(record.Data);
        return (zone.Fault, isThere, zone.Data.Count, record.IsNeededNow) switch
        {
            ({ } fault, _, _, _) => item with { State = PostureState.Unknown, Words = $"{record.Purpose}: DNS does not tell now: {fault}." },
            (_, true, 1, _) => zone.Note is null ? item : item with { State = PostureState.Warning, Words = $"{record.Purpose}. {zone.Note}" },
            (_, true, _, _) => item with { State = PostureState.Bad, Words = $"{record.Purpose}: another record stands beside it, so verifiers may take either.", Advice = "Take away the other one." },
            (_, false, 0, false) => item with { State = PostureState.Advice, Words = $"{record.Purpose}: not in DNS, and not needed there now." },
            (_, false, 0, true) => item with { State = PostureState.Missing, Words = $"{record.Purpose}: not in DNS. Mail is not signed with it until it is.", Advice = "Publish it; the keys page shows what holds it back." },
            _ => item with { State = PostureState.Differs, Words = $"{record.Purpose}: something else is there.", Advice = "See who wrote it; Ptt leaves it alone." },
        };
    }
}

/// <summary>TLSRPT (RFC 8460): where other servers tell the domain about failed TLS.</summary>
internal sealed class TlsReportingPosture(Comparison comparison, IOptions<DomainOptions> options) : IPostureCheck
{
    public async ValueTask<IReadOnlyList<PostureItem>> CheckAsync(DomainName domain, CancellationToken cancellationToken)
    {
        string to = options.Value.ReportAddress;
        return
        [
            await comparison.CompareAsync(
                new Comparison.Subject(
                    PostureKind.TlsReporting, domain.Below("_smtp._tls"), RecordType.Txt, to.Length > 0 ? new RecordData.Txt($"v=TLSRPTv1; rua=mailto:{to}") : null,
                    data => data is RecordData.Txt(var text) && Tags.IsVersion(text, "TLSRPTv1"), Judge,
                    to.Length > 0
                        ? new(PostureState.Missing, "Nobody is told where to report failed TLS.", "Publish it.")
                        : new(PostureState.Advice, "Nobody is told where to report failed TLS.", "Set Ptt:Domains:ReportAddress to have reports sent there.")),
                cancellationToken),
        ];
    }

    private static Comparison.Judgement Judge(RecordData data) =>
        Tags.Parse(((RecordData.Txt)data).Text)?.GetValueOrDefault("rua") is { Length: > 0 } rua
            ? new(PostureState.Good, $"Reports go to {rua}.")
            : new(PostureState.Bad, "The record names no address (rua=).", "Add rua=mailto:…");
}

/// <summary>MTA-STS (RFC 8461): the domain's promise that its exchangers speak TLS. It is made by whoever runs them, so here it is only looked at.</summary>
internal sealed class MtaStsPosture(Comparison comparison, OwnAddresses addresses) : IPostureCheck
{
    public async ValueTask<IReadOnlyList<PostureItem>> CheckAsync(DomainName domain, CancellationToken cancellationToken)
    {
        PostureItem item = await comparison.CompareAsync(
            new Comparison.Subject(
                PostureKind.MtaSts, domain.Below("_mta-sts"), RecordType.Txt, null, data => data is RecordData.Txt(var text) && Tags.IsVersion(text, "STSv1"), Judge,
                new(PostureState.Advice, "The domain has no MTA-STS policy for mail to it.", "Whoever runs its exchangers can publish one.")),
            cancellationToken);
        bool isAnnounced = item is { State: PostureState.Good, Seen.Count: > 0 };
        return isAnnounced && (await addresses.ResolveAsync(domain.Below("mta-sts"), cancellationToken)).Count == 0
            ? [item with { State = PostureState.Bad, Words = $"A policy is announced, but mta-sts.{domain} has no address to fetch it from.", Advice = $"Serve https://mta-sts.{domain}/.well-known/mta-sts.txt, or take the record away." }]
            : [item];
    }

    private static Comparison.Judgement Judge(RecordData data) =>
        Tags.Parse(((RecordData.Txt)data).Text)?.GetValueOrDefault("id") is { Length: > 0 and <= 32 } id && id.All(char.IsAsciiLetterOrDigit)
            ? new(PostureState.Good, $"A policy is announced (id {id}).")
            : new(PostureState.Bad, "The record has no valid id= (RFC 8461 §3.1) and counts as none.", "Give it an id of up to 32 letters and digits.");
}

/// <summary>Where mail programs find the submission server (RFC 6186 §3.1, RFC 8314 §5.1).</summary>
internal sealed class SubmissionPosture(Comparison comparison, OwnAddresses addresses, IOptions<DomainOptions> options) : IPostureCheck
{
    public async ValueTask<IReadOnlyList<PostureItem>> CheckAsync(DomainName domain, CancellationToken cancellationToken)
    {
        if (addresses.Hostname is not { } host)
        {
            return [];
        }

        var items = new List<PostureItem>();
        foreach ((PostureKind kind, string service, int port) in new[]
        {
            (PostureKind.Submissions, "_submissions._tcp", options.Value.SubmissionsPort), (PostureKind.Submission, "_submission._tcp", options.Value.SubmissionPort),
        })
        {
            if (port > 0)
            {
                items.Add(await comparison.CompareAsync(
                    new Comparison.Subject(
                        kind, domain.Below(service), RecordType.Srv, new RecordData.Srv(0, 1, port, host), data => data is RecordData.Srv,
                        data => new(PostureState.Good, $"Mail programs are led to {((RecordData.Srv)data).Target}, port {((RecordData.Srv)data).Port}."),
                        new(PostureState.Advice, "Mail programs do not find the server by themselves.", "Publish it, if people with mail programs send from this domain.")),
                    cancellationToken));
            }
        }

        return items;
    }
}

/// <summary>CAA (RFC 8659): who may issue certificates. Advice only: that is for whoever runs the domain's web sites too.</summary>
internal sealed class CaaPosture(IResolver resolver) : IPostureCheck
{
    public async ValueTask<IReadOnlyList<PostureItem>> CheckAsync(DomainName domain, CancellationToken cancellationToken)
    {
        for (DomainName at = domain; !at.IsRoot; at = at.Parent)                                   // §3: the nearest set on the way up counts
        {
            switch (await resolver.QueryAsync(at, RecordType.Caa, cancellationToken))
            {
                case DnsAnswer.Found found:
                    string issuers = string.Join(", ", found.Data<RecordData.Caa>().Where(c => c.Tag.StartsWith("issue", StringComparison.OrdinalIgnoreCase)).Select(c => c.Value is ";" or "" ? "nobody" : c.Value.Trim()).Distinct());
                    return [new PostureItem(PostureKind.Caa, PostureState.Good, at, $"Certificates come from: {issuers}.") { Type = RecordType.Caa, Seen = [.. found.Records.Select(r => r.Data)] }];
                case DnsAnswer.Failed failed:
                    return [PostureItem.Of(PostureKind.Caa, PostureState.Unknown, at, $"DNS does not tell now: {failed.Detail}.")];
            }
        }

        return
        [
            new PostureItem(PostureKind.Caa, PostureState.Advice, domain, "Every certificate authority may issue for the domain.")
            {
                Type = RecordType.Caa,
                Advice = $"Name the ones you use, such as: {domain}. CAA 0 issue \"letsencrypt.org\"",
            },
        ];
    }
}
