using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Web.Alarms;

namespace Ptt.Web.Domains.Posture;

/// <summary>Whether the domain can get the answers and reports that its mail brings.</summary>
internal sealed class MxPosture(IResolver resolver) : IPostureCheck
{
    public async ValueTask<IReadOnlyList<PostureItem>> CheckAsync(DomainName domain, CancellationToken cancellationToken)
    {
        DnsAnswer answer = await resolver.QueryAsync(domain, RecordType.Mx, cancellationToken);
        PostureItem Item(PostureState state, Wording words, Wording? advice = null) =>
            new(PostureKind.Mx, state, domain, words) { Type = RecordType.Mx, Advice = advice, Seen = answer is DnsAnswer.Found found ? [.. found.Records.Select(r => r.Data)] : [] };
        switch (answer)
        {
            case DnsAnswer.Failed failed:
                return [Item(PostureState.Unknown, $"DNS does not tell now: {failed.Detail}.")];
            case DnsAnswer.NoSuchName:
                return [Item(PostureState.Bad, "The domain does not exist in DNS; receivers refuse mail from it.", "Register it, or delegate it to your name servers.")];
            case DnsAnswer.Found found when found.Data<RecordData.Mx>().Any(m => m.Exchange.IsRoot):
                return [Item(PostureState.Bad, "The domain says that it takes no mail (RFC 7505); receivers may refuse mail from it (§4.2).", "Give it an MX that takes replies and reports.")];
            case DnsAnswer.Found found:
                return [Item(PostureState.Good, $"Answers go to {string.Join(", ", found.Data<RecordData.Mx>().OrderBy(m => m.Preference).Select(m => m.Exchange))}.")];
            default:
                bool hasAddress = await resolver.QueryAsync(domain, RecordType.A, cancellationToken) is DnsAnswer.Found || await resolver.QueryAsync(domain, RecordType.Aaaa, cancellationToken) is DnsAnswer.Found;
                return [hasAddress
                    ? Item(PostureState.Advice, "There is no MX; answers go to the domain's own address.", "An MX record says so plainly.")
                    : Item(PostureState.Bad, "Answers and reports cannot be delivered: there is neither MX nor address. Many receivers refuse such mail.", "Give it an MX that takes replies and reports.")];
        }
    }
}

/// <summary>Whether the zone is signed, as a validating resolver sees it (RFC 4035).</summary>
internal sealed class DnssecPosture(IResolver resolver) : IPostureCheck
{
    private const string Bogus = "The parent says that the zone is signed, but its keys do not validate: validating resolvers answer nothing for it.";
    private const string RenewIt = "Renew the signatures, or correct the DS record at the registrar. Mail from the domain is refused meanwhile.";

    public async ValueTask<IReadOnlyList<PostureItem>> CheckAsync(DomainName domain, CancellationToken cancellationToken)
    {
        if (await ZoneWalk.FindAsync(resolver.QueryAsync, domain, cancellationToken) is not ZoneWalkResult.Found zone)
        {
            return [await WithoutZoneAsync(domain, cancellationToken)];
        }

        DnsAnswer keys = await resolver.QueryAsync(zone.Zone, RecordType.DnsKey, cancellationToken);
        DnsAnswer delegation = await resolver.QueryAsync(zone.Zone, RecordType.DS, cancellationToken);
        (PostureState State, Wording Words, Wording? Advice) verdict = (keys, delegation) switch
        {
            (DnsAnswer.Failed, DnsAnswer.Found) => (PostureState.Bad, Bogus, RenewIt),
            (DnsAnswer.Failed failed, _) => (PostureState.Unknown, $"DNS does not tell now: {failed.Detail}.", null),
            (DnsAnswer.Found { Authenticated: true }, _) => (PostureState.Good, "The zone is signed, and the resolver on this machine validates it.", null),
            (DnsAnswer.Found, DnsAnswer.Found) => (PostureState.Good, "The zone is signed. Whether the signatures are good, our resolver does not say.", null),
            (DnsAnswer.Found, _) => (PostureState.Warning, "The zone is signed, but the parent does not vouch for it (no DS).", "Give the DS record to the registrar."),
            (_, DnsAnswer.Found) => (PostureState.Bad, "The parent says that the zone is signed, and it is not.", "Sign the zone, or take away the DS record at the registrar."),
            _ => (PostureState.Advice, "The zone is not signed; whoever can write on the way can change its records, keys included.", "Sign the zone, if your DNS provider offers it."),
        };
        return [new PostureItem(PostureKind.Dnssec, verdict.State, zone.Zone, verdict.Words) { Type = RecordType.DS, Advice = verdict.Advice }];
    }

    /// <summary>For a zone that does not validate a validating resolver answers nothing at all; that it is signed its parent still says.</summary>
    private async ValueTask<PostureItem> WithoutZoneAsync(DomainName domain, CancellationToken cancellationToken)
    {
        for (DomainName at = domain; !at.IsRoot; at = at.Parent)
        {
            if (await resolver.QueryAsync(at, RecordType.DS, cancellationToken) is DnsAnswer.Found)
            {
                return PostureItem.Of(PostureKind.Dnssec, PostureState.Bad, at, Bogus, RenewIt);
            }
        }

        return PostureItem.Of(PostureKind.Dnssec, PostureState.Unknown, domain, "The zone cannot be found now.");
    }
}
