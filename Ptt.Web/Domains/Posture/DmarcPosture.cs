using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;

namespace Ptt.Web.Domains.Posture;

/// <summary>DMARC (RFC 7489): what receivers shall do with mail that neither SPF nor DKIM vouches for, and where they report.</summary>
internal sealed class DmarcPosture(Comparison comparison, OwnZoneReader zones, IResolver resolver, IOptions<DomainOptions> options) : IPostureCheck
{
    private const string Version = "DMARC1";

    public async ValueTask<IReadOnlyList<PostureItem>> CheckAsync(DomainName domain, CancellationToken cancellationToken)
    {
        DomainName name = domain.Below("_dmarc");
        string reports = options.Value.ReportAddress.Length > 0 ? $"; rua=mailto:{options.Value.ReportAddress}" : "";
        PostureItem item = await comparison.CompareAsync(
            new Comparison.Subject(
                PostureKind.Dmarc, name, RecordType.Txt, new RecordData.Txt($"v={Version}; p={options.Value.DmarcPolicy}{reports}"), IsDmarc, Judge,
                new(PostureState.Missing, "There is no DMARC record; large receivers ask senders for one.", "Publish it; p=none only watches and can be sharpened later.")),
            cancellationToken);
        if (item.State == PostureState.Missing && await InheritedAsync(domain, cancellationToken) is { } from)
        {
            // §6.6.3: without one of its own, a sub-domain has that of its organization.
            return [item with { State = PostureState.Good, Words = $"It has none of its own; that of {from} counts.", Advice = null, Change = null, Expected = [] }];
        }

        return [await WithForeignReportsAsync(item, domain, cancellationToken)];
    }

    private static bool IsDmarc(RecordData data) => data is RecordData.Txt(var text) && Tags.IsVersion(text, Version);

    private static Comparison.Judgement Judge(RecordData data)
    {
        IReadOnlyDictionary<string, string>? tags = Tags.Parse(((RecordData.Txt)data).Text);
        return tags?.GetValueOrDefault("p")?.ToLowerInvariant() switch
        {
            "quarantine" or "reject" => new(PostureState.Good, $"The policy is {tags["p"]}."),
            "none" => new(PostureState.Good, "The policy is none: it only watches."),
            null => new(PostureState.Bad, "The record has no policy (p=) and counts as none.", "Add p=none, p=quarantine or p=reject."),
            var other => new(PostureState.Bad, $"p={other} is no policy.", "It is none, quarantine or reject."),
        };
    }

    private async ValueTask<DomainName?> InheritedAsync(DomainName domain, CancellationToken cancellationToken)
    {
        for (DomainName parent = domain.Parent; parent.Labels.Length >= 2; parent = parent.Parent)
        {
            if ((await zones.ReadAsync(parent.Below("_dmarc"), RecordType.Txt, cancellationToken)).Data.Any(IsDmarc))
            {
                return parent;
            }
        }

        return null;
    }

    /// <summary>§7.1: who is named for reports outside the domain must say that they want them.</summary>
    private async ValueTask<PostureItem> WithForeignReportsAsync(PostureItem item, DomainName domain, CancellationToken cancellationToken)
    {
        string rua = item.Seen is [RecordData.Txt(var text)] ? Tags.Parse(text)?.GetValueOrDefault("rua") ?? "" : "";
        foreach (string uri in rua.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string address = uri.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) ? uri[7..].Split('!')[0] : "";
            if (!DomainName.TryParse(address[(address.LastIndexOf('@') + 1)..], out DomainName target) || target.IsRoot)
            {
                return item with { State = PostureState.Warning, Words = $"{item.Words} The reports go nowhere: '{uri}' is no mailto: address." };
            }

            bool isOwn = target.IsWithin(domain) || domain.IsWithin(target);
            if (!isOwn && await resolver.QueryAsync(target.Below($"{domain}._report._dmarc"), RecordType.Txt, cancellationToken) is DnsAnswer.NoData or DnsAnswer.NoSuchName)
            {
                return item with
                {
                    State = PostureState.Warning,
                    Words = $"{item.Words} {target} does not say that it takes reports about {domain}, so none are sent.",
                    Advice = $"At {target}: {domain}._report._dmarc.{target}. TXT \"v=DMARC1\"",
                };
            }
        }

        return item;
    }
}
