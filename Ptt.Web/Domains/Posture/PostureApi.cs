using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Updating;
using Ptt.Web.Access;
using Ptt.Web.Domains.Updates;
using Ptt.Web.Http;

namespace Ptt.Web.Domains.Posture;

/// <summary><c>/api/v1/domains/{domain}/dns</c>: what DNS should say, what it says, the difference; and the verb that mends it.</summary>
internal static class PostureApi
{
    public static void MapPosture(this IEndpointRouteBuilder app)
    {
        app.MapApi("/domains/{domain}/dns").RequireAuthorization(Scopes.DomainsRead).AllowDomainBound()
            .MapGet("", GetAsync).WithSummary("What DNS should say about a domain, what it says, and the difference");
        app.MapApi("/domains/{domain}/dns").RequireAuthorization(Scopes.DomainsWrite).AllowDomainBound()
            .MapPost("/apply", ApplyAsync).WithSummary("Carry out the planned changes by DNS update; nothing that others wrote is taken away");
    }

    private static async Task<Results<Ok<PostureView>, ProblemHttpResult>> GetAsync(
        string domain, HttpContext http, IOwnDomains domains, DomainPosture posture, IZoneUpdater updater, CancellationToken cancellationToken,
        [Description("Answer with the last comparison where there is one, instead of looking now")] bool cached = false)
    {
        if (!DomainName.TryParse(domain, out DomainName name) || !domains.Contains(name) || !http.User.MayActOn(name))
        {
            return Problems.NotFound();
        }

        DomainReport report = (cached ? posture.Last(name) : null) ?? await posture.CheckAsync(name, cancellationToken);
        return TypedResults.Ok(PostureView.Of(report, await updater.FindAsync(name, cancellationToken)));
    }

    private static async Task<Results<Ok<AppliedView>, ProblemHttpResult>> ApplyAsync(
        string domain, ApplyBody? body, HttpContext http, IOwnDomains domains, DomainPosture posture, IZoneUpdater updater, IAuditLog audit, CancellationToken cancellationToken)
    {
        if (!DomainName.TryParse(domain, out DomainName name) || !domains.Contains(name) || !http.User.MayActOn(name))
        {
            return Problems.NotFound();
        }

        AppliedChanges applied = await posture.ApplyAsync(name, body?.Kinds, http.User.ActorName(), cancellationToken);
        await audit.RecordAsync(
            http.User.ActorName(), "dns.apply", name.ToString(), string.Join("; ", applied.Changes.Select(c => $"{c.Kind}: {(c.Result is UpdateResult.Done ? "done" : "not done")}")), CancellationToken.None);
        return TypedResults.Ok(new AppliedView(
            [.. applied.Changes.Select(ChangeResultView.Of)], PostureView.Of(applied.After, await updater.FindAsync(name, cancellationToken))));
    }
}

/// <summary>Which subjects to mend; all when left out.</summary>
internal sealed record ApplyBody
{
    public IReadOnlyList<PostureKind>? Kinds { get; init; }
}

/// <param name="Update"><c>signed</c>: by DNS update; <c>manual</c>: a person enters the records; <c>unknown</c>: DNS does not answer now.</param>
internal sealed record PostureView(string Domain, DateTimeOffset At, PostureState State, string Update, string? UpdateDetail, IReadOnlyList<PostureItemView> Items)
{
    public static PostureView Of(DomainReport report, ZoneTarget target)
    {
        (string update, string? detail, DomainName? zone) = target switch
        {
            ZoneTarget.Updatable at => ("signed", $"zone {at.Zone}, primary {at.Primary[0]}, key {at.Key.Name}", at.Zone),
            ZoneTarget.Manual manual => ("manual", manual.Reason, manual.Zone),
            ZoneTarget.Unknown unknown => ("unknown", unknown.Reason, (DomainName?)null),
            _ => ("unknown", null, null),
        };
        return new PostureView(report.Domain.ToString(), report.At, report.Worst, update, detail, [.. report.Items.Select(i => PostureItemView.Of(i, zone))]);
    }
}

internal sealed record PostureItemView(
    PostureKind Kind, PostureState State, string Name, string? Type, string Text, string? Advice, IReadOnlyList<string> Expected, IReadOnlyList<string> Seen, ChangeView? Change)
{
    public static PostureItemView Of(PostureItem item, DomainName? zone) => new(
        item.Kind, item.State, item.Name.ToString(), item.Type is { } type ? RecordText.Name(type) : null, item.Text, item.Advice?.ToString(),
        [.. item.Expected.Select(RecordText.Format)], [.. item.Seen.Select(RecordText.Format)], item.Change is null ? null : ChangeView.Of(item.Change, zone));
}

/// <summary>What to enter and what to take away, for people who do it by hand.</summary>
internal sealed record ChangeView(IReadOnlyList<ManualText> Add, IReadOnlyList<ManualText> Remove)
{
    public static ChangeView Of(PostureChange change, DomainName? zone) => new(
        [.. change.Added.Select(d => ManualText.Of(change.Name, change.Type, change.Ttl, d, zone))],
        [.. change.Removed.Select(d => ManualText.Of(change.Name, change.Type, change.Ttl, d, zone))]);
}

internal sealed record AppliedView(IReadOnlyList<ChangeResultView> Changes, PostureView After);

internal sealed record ChangeResultView(PostureKind Kind, string Name, bool Done, UpdateFailure? Reason, string? Explanation)
{
    public static ChangeResultView Of(AppliedChange change) => change.Result is UpdateResult.Failed failed
        ? new(change.Kind, change.Change.Name.ToString(), false, failed.Reason, failed.Explanation)
        : new(change.Kind, change.Change.Name.ToString(), true, null, null);
}
