using System.Net;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Web.Alarms;
using Ptt.Web.Domains.Posture.Spf;

namespace Ptt.Web.Domains.Posture;

/// <summary>
/// SPF (RFC 7208): whether our addresses pass, evaluated as a receiver would, and whether the record is one that receivers can evaluate at all. In a record that someone else
/// wrote, only our own mechanism is ever added, and replaced when the configuration names another.
/// </summary>
internal sealed class SpfPosture(IResolver resolver, OwnZoneReader zones, OwnAddresses addresses, Comparison comparison, OwnedRecords owned, IOptions<DomainOptions> options) : IPostureCheck
{
    public async ValueTask<IReadOnlyList<PostureItem>> CheckAsync(DomainName domain, CancellationToken cancellationToken)
    {
        string own = options.Value.SpfMechanism.Length > 0 ? options.Value.SpfMechanism : addresses.Hostname is { } host ? "a:" + host : "";
        SpfTerm.TryParse(own, out SpfTerm? mechanism);
        ZoneAnswer zone = await zones.ReadAsync(domain, RecordType.Txt, cancellationToken);
        string[] texts = [.. zone.Texts.Where(SpfRecord.IsSpf)];
        RecordData.Txt? fresh = mechanism is null ? null : new RecordData.Txt($"v=spf1 {mechanism} {options.Value.SpfAll}");
        var item = new PostureItem(PostureKind.Spf, PostureState.Good, domain, "") { Type = RecordType.Txt, Seen = [.. texts.Select(t => new RecordData.Txt(t))], Expected = fresh is null ? [] : [fresh] };
        return
        [
            (zone.Fault, texts) switch
            {
                ({ } fault, _) => item with { State = PostureState.Unknown, Words = $"DNS does not tell now: {fault}." },
                (_, []) => item with
                {
                    State = PostureState.Missing,
                    Words = "There is no SPF record: receivers cannot tell who may send for the domain.",
                    Advice = $"Publish it. If others send for {domain} too, put their mechanisms before {options.Value.SpfAll}.",
                    Change = fresh is null ? null : comparison.ToChange(domain, RecordType.Txt, zone, [], [fresh]) with { OwnTerm = own },
                },
                (_, { Length: > 1 }) => item with
                {
                    State = PostureState.Bad,
                    Words = "There is more than one SPF record, which is an error for every receiver (RFC 7208 §4.5).",
                    Advice = "Join their terms in one record and take away the others.",
                },
                (_, [var text]) => SpfRecord.TryParse(text, out SpfRecord? record, out Wording? broken)
                    ? await JudgeAsync(item, record, mechanism, zone, cancellationToken)
                    : item with { State = PostureState.Bad, Words = $"The SPF record cannot be read: {broken}.", Advice = "Correct the record: as it is, it counts as an error for every receiver." },
            },
        ];
    }

    private async ValueTask<PostureItem> JudgeAsync(PostureItem item, SpfRecord record, SpfTerm? mechanism, ZoneAnswer zone, CancellationToken cancellationToken)
    {
        if (mechanism is not null && SpfTerm.TryParse(owned.TermAt(item.Name) ?? "", out SpfTerm? former) && !former.Equals(mechanism) && record.Terms.Contains(former))
        {
            return Mend(
                item, zone, record.With(mechanism, former), mechanism, $"It still has {former}, which we wrote earlier; the configuration asks for {mechanism} now.",
                $"Apply the change: {mechanism} takes the place of {former}; nothing else changes.");
        }

        IReadOnlyList<IPAddress> ours = await addresses.AllAsync(cancellationToken);
        var results = new List<(IPAddress Address, SpfResult Result)>();
        SpfEvaluation worst = NewEvaluation(zone, item.Name);
        foreach (IPAddress address in ours.Count > 0 ? ours : [IPAddress.Parse("192.0.2.1")])
        {
            SpfEvaluation evaluation = NewEvaluation(zone, item.Name);
            results.Add((address, await evaluation.EvaluateAsync(record, item.Name, address, cancellationToken)));
            worst = evaluation.Lookups >= worst.Lookups ? evaluation : worst;
        }

        bool passes = ours.Count > 0 ? results.All(r => r.Result == SpfResult.Pass) : mechanism is not null && record.Terms.Contains(mechanism);
        Wording notes = worst.Notes.Count == 0 ? "" : (Wording)$" Note: {worst.Notes.Distinct().Aggregate((a, b) => (Wording)$"{a}; {b}")}.";
        Wording lookups = $"It asks for {worst.Lookups} of at most {SpfEvaluation.MaxLookups} look-ups";
        if (!passes && results.Any(r => r.Result == SpfResult.TempError))
        {
            return item with { State = PostureState.Unknown, Words = $"A record that the SPF record leads to cannot be asked for now.{notes}" };
        }

        if (!passes)
        {
            string how = string.Join(", ", results.Where(r => r.Result != SpfResult.Pass).Select(r => $"{r.Address}: {Word(r.Result)}"));
            Wording words = ours.Count > 0 ? (Wording)$"Mail from us does not pass ({how}).{notes}" : (Wording)$"Our mechanism is not in the record.{notes}";
            return mechanism is null || record.Terms.Contains(mechanism)
                ? item with { State = PostureState.Differs, Words = words, Advice = "Add the addresses from which we send, or set Ptt:Domains:SpfMechanism.", Expected = [] }
                : Mend(item, zone, record.With(mechanism), mechanism, words, $"Add {mechanism} to the record; nothing else in it changes.");
        }

        item = item with { Expected = item.Seen };
        SpfTerm? all = record.Terms.FirstOrDefault(t => t is { Name: "all", IsModifier: false });
        return (worst, all) switch
        {
            ({ Lookups: > SpfEvaluation.MaxLookups }, _) => item with
            {
                State = PostureState.Bad,
                Words = $"{lookups}: receivers stop there and count it as an error (RFC 7208 §4.6.4).{notes}",
                Advice = "Replace includes by the networks they stand for, or take away those that are not needed.",
            },
            ({ VoidLookups: > SpfEvaluation.MaxVoidLookups }, _) => item with
            {
                State = PostureState.Warning,
                Words = $"{worst.VoidLookups} of its look-ups find nothing; receivers may stop after {SpfEvaluation.MaxVoidLookups} (RFC 7208 §4.6.4).{notes}",
                Advice = "Take away the mechanisms whose names do not exist.",
            },
            (_, { Qualifier: '+' }) => item with { State = PostureState.Bad, Words = "It lets everyone send (+all).", Advice = "End it with ~all or -all." },
            (_, null) when !record.Terms.Any(t => t is { Name: "redirect", IsModifier: true }) =>
                item with { State = PostureState.Warning, Words = $"It has no end, so everyone else is neutral. {lookups}.", Advice = "End it with ~all or -all." },
            _ => item with { Words = $"Mail from us passes. {lookups}.{notes}" },
        };
    }

    private PostureItem Mend(PostureItem item, ZoneAnswer zone, SpfRecord mended, SpfTerm mechanism, Wording words, Wording advice)
    {
        var data = new RecordData.Txt(mended.ToString());
        return item with
        {
            State = PostureState.Differs,
            Words = words,
            Advice = advice,
            Expected = [data],
            Change = comparison.ToChange(item.Name, RecordType.Txt, zone, item.Seen, [data]) with { OwnTerm = mechanism.Text },
        };
    }

    /// <summary>The domain itself is read at its own servers, others through the resolver.</summary>
    private SpfEvaluation NewEvaluation(ZoneAnswer zone, DomainName own) => new(
        resolver, async (domain, cancellationToken) => domain == own ? new DnsAnswer.Found(zone.Records) : await resolver.QueryAsync(domain, RecordType.Txt, cancellationToken));

    private static string Word(SpfResult result) => result.ToString().ToLowerInvariant();
}
