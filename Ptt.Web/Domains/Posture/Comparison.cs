using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Web.Alarms;

namespace Ptt.Web.Domains.Posture;

/// <summary>
/// Compares one record that should stand alone among its kind with what the zone shows. The rule for all: what is missing may be added, what we wrote may be
/// replaced, what someone else wrote is judged and left alone.
/// </summary>
internal sealed class Comparison(OwnZoneReader zones, OwnedRecords owned, IOptions<DomainOptions> options)
{
    /// <param name="IsOfKind">Which records of the name and type are meant: <c>v=DMARC1</c> among the texts.</param>
    /// <param name="Judge">What a record that is not ours is worth.</param>
    /// <param name="Absent">The state and the words when there is none.</param>
    internal sealed record Subject(
        PostureKind Kind, DomainName Name, RecordType Type, RecordData? Wanted, Func<RecordData, bool> IsOfKind, Func<RecordData, Judgement> Judge, Judgement Absent);

    internal sealed record Judgement(PostureState State, Wording Words, Wording? Advice = null);

    public async ValueTask<PostureItem> CompareAsync(Subject subject, CancellationToken cancellationToken)
    {
        ZoneAnswer zone = await zones.ReadAsync(subject.Name, subject.Type, cancellationToken);
        PostureItem item = Compare(subject, zone);
        return zone.Note is null
            ? item
            : item with { State = item.State < PostureState.Warning ? PostureState.Warning : item.State, Words = $"{item.Words} {zone.Note}" };
    }

    /// <summary>The change that puts <paramref name="added"/> in the place of <paramref name="removed"/> and leaves all else at the name as it is.</summary>
    public PostureChange ToChange(DomainName name, RecordType type, ZoneAnswer zone, IEnumerable<RecordData> removed, IEnumerable<RecordData> added) =>
        new(name, type, zone.Records.Count > 0 ? zone.Records.Min(r => r.Ttl) : options.Value.Ttl, zone.Data, [.. zone.Data.Except(removed), .. added]);

    private PostureItem Compare(Subject subject, ZoneAnswer zone)
    {
        RecordData[] seen = [.. zone.Data.Where(subject.IsOfKind)];
        var item = new PostureItem(subject.Kind, PostureState.Good, subject.Name, "")
        {
            Type = subject.Type,
            Expected = subject.Wanted is null ? [] : [subject.Wanted],
            Seen = seen,
        };
        if (zone.Fault is not null)
        {
            return item with { State = PostureState.Unknown, Words = $"DNS does not tell now: {zone.Fault}." };
        }

        if (seen.Length == 0)
        {
            return item with
            {
                State = subject.Absent.State,
                Words = subject.Absent.Words,
                Advice = subject.Absent.Advice,
                Change = subject.Wanted is null ? null : ToChange(subject.Name, subject.Type, zone, [], [subject.Wanted]),
            };
        }

        if (seen.Length > 1)
        {
            return item with { State = PostureState.Bad, Words = "There is more than one, so none of them counts.", Advice = "Leave one and take away the others." };
        }

        if (seen[0].Equals(subject.Wanted))
        {
            return item with { Words = "As it should be." };
        }

        if (subject.Wanted is not null && owned.IsOurs(subject.Name, subject.Type, seen[0]))
        {
            return item with
            {
                State = PostureState.Differs,
                Words = "This is what we wrote earlier; the configuration asks for something else now.",
                Advice = "Apply the change.",
                Change = ToChange(subject.Name, subject.Type, zone, seen, [subject.Wanted]),
            };
        }

        Judgement judgement = subject.Judge(seen[0]);
        return item with { State = judgement.State, Words = judgement.Words, Advice = judgement.Advice, Expected = judgement.State == PostureState.Good ? seen : item.Expected };
    }
}
