using Ptt.Web.Keys.Rings;

namespace Ptt.Web.Keys.Pages;

/// <summary>Which key was, is and will be in which state: the rows of the picture on a domain's page.</summary>
internal sealed record KeyTimeline(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<KeyTimeline.Row> Rows)
{
    private const int MostRows = 14;
    private static readonly TimeSpan FarthestBack = TimeSpan.FromDays(365);
    private static readonly TimeSpan FarthestAhead = TimeSpan.FromDays(500);

    public sealed record Row(KeyView Key, IReadOnlyList<Stretch> Stretches);

    /// <summary>A time in one state. What lies ahead is planned, and drawn paler.</summary>
    public sealed record Stretch(KeyState State, DateTimeOffset From, DateTimeOffset To, bool IsPlanned);

    /// <summary>Null where there is nothing to draw: no keys, or one that is fixed for ever.</summary>
    public static KeyTimeline? Of(DomainKeysView view, DateTimeOffset now)
    {
        KeyView[] keys = [.. view.Keys.Where(k => k.History.Count > 0 && (k.State != KeyState.Removed || k.History[^1].At > now - FarthestBack)).Take(MostRows).Reverse()];
        if (keys.Length == 0)
        {
            return null;
        }

        DateTimeOffset last = keys.SelectMany(k => k.Plan).Select(p => p.At).Append(now).Max();
        DateTimeOffset to = last > now + FarthestAhead ? now + FarthestAhead : last;
        DateTimeOffset first = keys.Min(k => k.History[0].At);
        first = first < now - FarthestBack ? now - FarthestBack : first;
        TimeSpan ahead = to > now ? to - now : TimeSpan.FromDays(1);
        DateTimeOffset from = first < now - (ahead / 12) ? first : now - (ahead / 12);   // the line of today never lies at the very edge
        return new KeyTimeline(from, now + ahead, [.. keys.Select(k => new Row(k, StretchesOf(k, now, from, now + ahead)))]);
    }

    private static Stretch[] StretchesOf(KeyView key, DateTimeOffset now, DateTimeOffset from, DateTimeOffset to)
    {
        (KeyState State, DateTimeOffset At)[] moments = [.. key.History.Select(h => (h.State, h.At)), .. key.Plan.Select(p => (p.State, p.At))];
        var stretches = new List<Stretch>();
        foreach ((int i, (KeyState state, DateTimeOffset begin)) in moments.Index())
        {
            // Without a plan a state lasts as long as can be seen: until today.
            DateTimeOffset end = i + 1 < moments.Length ? moments[i + 1].At : key.Plan.Count > 0 ? begin : now;
            if (state == KeyState.Removed)
            {
                continue;
            }

            Add(state, begin, end < now ? end : now, isPlanned: false);
            Add(state, begin > now ? begin : now, end, isPlanned: true);
        }

        return [.. stretches];

        void Add(KeyState state, DateTimeOffset begin, DateTimeOffset end, bool isPlanned)
        {
            begin = begin < from ? from : begin;
            end = end > to ? to : end;
            if (end > begin)
            {
                stretches.Add(new Stretch(state, begin, end, isPlanned));
            }
        }
    }
}
