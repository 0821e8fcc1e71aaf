using System.Collections.Concurrent;
using Ptt.Dns;
using Ptt.Dns.Updating;
using Ptt.Web.Domains.Updates;

namespace Ptt.Web.Domains.Posture;

/// <summary>
/// Everything that DNS should say about a domain of ours, compared with what it says: plan first, then apply. It never forces: a change is carried out only while the
/// zone is as it was when the plan was made, and nothing that someone else wrote is taken away. Pages, API, <c>ptt check</c> and the daily comparison ask here.
/// </summary>
internal sealed class DomainPosture(IEnumerable<IPostureCheck> checks, OwnedRecords owned, IZoneUpdater updater, TimeProvider time)
{
    private readonly ConcurrentDictionary<DomainName, DomainReport> _last = new();

    /// <summary>Raised after each comparison; handlers return at once.</summary>
    public event Action<DomainReport>? Compared;

    /// <summary>What the last comparison found; null before the first.</summary>
    public DomainReport? Last(DomainName domain) => _last.GetValueOrDefault(domain);

    /// <summary>Looks now. Takes seconds where servers are silent; <paramref name="progress"/> hears each answer as it comes in, from any thread.</summary>
    public async ValueTask<DomainReport> CheckAsync(DomainName domain, CancellationToken cancellationToken, Action<PostureProgress>? progress = null)
    {
        DateTimeOffset at = time.GetUtcNow();
        int done = 0;
        IPostureCheck[] all = [.. checks];
        progress?.Invoke(new PostureProgress(0, all.Length, []));
        IReadOnlyList<PostureItem>[] items = await Task.WhenAll(all.Select(async check =>
        {
            IReadOnlyList<PostureItem> found = await check.CheckAsync(domain, cancellationToken);
            progress?.Invoke(new PostureProgress(Interlocked.Increment(ref done), all.Length, found));
            return found;
        }));
        var report = new DomainReport(domain, at, [.. items.SelectMany(i => i).OrderBy(i => i.Kind).ThenBy(i => i.Name)]);
        _last[domain] = report;
        Compared?.Invoke(report);
        return report;
    }

    /// <summary>Looks again, and carries out the changes of these kinds (all when null) that a fresh plan still holds.</summary>
    public async ValueTask<AppliedChanges> ApplyAsync(DomainName domain, IReadOnlyCollection<PostureKind>? kinds, string actor, CancellationToken cancellationToken)
    {
        DomainReport plan = await CheckAsync(domain, cancellationToken);
        var results = new List<AppliedChange>();
        foreach (PostureItem item in plan.Items.Where(i => i.Change is not null && kinds?.Contains(i.Kind) != false))
        {
            PostureChange change = item.Change!;
            UpdateResult result = await updater.SetAsync(change.Name, change.Type, change.Ttl, change.Wanted, change.Seen, cancellationToken);
            if (result is UpdateResult.Done)
            {
                owned.Note(change, actor);
            }

            results.Add(new AppliedChange(item.Kind, change, result));
        }

        return new AppliedChanges(results, results.Count == 0 ? plan : await CheckAsync(domain, cancellationToken));
    }
}

/// <param name="Found">What the check that has just ended has found.</param>
internal sealed record PostureProgress(int Done, int Total, IReadOnlyList<PostureItem> Found);

internal sealed record AppliedChange(PostureKind Kind, PostureChange Change, UpdateResult Result);

/// <param name="After">How things stand now.</param>
internal sealed record AppliedChanges(IReadOnlyList<AppliedChange> Changes, DomainReport After);
