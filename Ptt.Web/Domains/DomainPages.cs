using System.Security.Claims;
using Microsoft.AspNetCore.Mvc;
using Ptt.Dns;
using Ptt.Web.Access;
using Ptt.Web.Domains.Posture;
using Ptt.Web.Ui;

namespace Ptt.Web.Domains;

/// <summary>What the buttons of a domain's page do.</summary>
internal static class DomainPages
{
    public static void MapDomainPages(this WebApplication app)
    {
        app.MapGet("/domains.csv", (HttpContext http, IOwnDomains own, DomainPosture posture) => CsvFile.Of(
                "domains", ["domain", "dns", "well", "of", "checked"],
                Select(own, posture, http.User, TableQuery.Of(http.Request)).Select(d => (Domain: d, Report: posture.Last(d))).Select(d => (IReadOnlyList<string?>)
                    [
                        d.Domain.ToString(), d.Report?.Worst.ToString(), d.Report is { } r ? CsvFile.Number(r.Items.Count(i => i.State == PostureState.Good)) : null,
                        d.Report is { } all ? CsvFile.Number(all.Items.Count) : null, CsvFile.Instant(d.Report?.At),
                    ]).ToAsyncEnumerable()))
            .RequireAuthorization(Scopes.DomainsRead).AllowDomainBound().ExcludeFromDescription();
        app.MapPost("/domains/check", async (HttpContext http, [FromForm] string domain, IOwnDomains own, DomainPosture posture, Flash flash, ITexts texts) =>
        {
            if (Mine(http, domain, own) is { } name)
            {
                DomainReport report = await posture.CheckAsync(name, http.RequestAborted);
                flash.Say("info", texts["Checked: {0} of {1} as they should be.", report.Items.Count(i => i.State == PostureState.Good), report.Items.Count]);
            }

            return FormVerbs.Back;
        }).AsVerb(Scopes.DomainsRead).AllowDomainBound();
        app.MapPost("/domains/apply", async (HttpContext http, [FromForm] string domain, IOwnDomains own, DomainPosture posture, Flash flash, ITexts texts) =>
        {
            if (Mine(http, domain, own) is { } name)
            {
                AppliedChanges applied = await posture.ApplyAsync(name, null, http.User.ActorName(), http.RequestAborted);
                string[] failed = [.. applied.Changes.Select(c => c.Result).OfType<Ptt.Dns.Updating.UpdateResult.Failed>().Select(f => f.Explanation)];
                if (failed.Length > 0)
                {
                    flash.Bad(string.Join(" ", failed));
                }
                else
                {
                    flash.Good(texts["{0} records are written.", applied.Changes.Count]);
                }
            }

            return FormVerbs.Back;
        }).AsVerb(Scopes.DomainsWrite).AllowDomainBound();
    }

    /// <summary>The domains that the caller may see, as the address orders and filters them.</summary>
    public static IEnumerable<DomainName> Select(IOwnDomains own, DomainPosture posture, ClaimsPrincipal caller, TableQuery query)
    {
        IEnumerable<DomainName> found = own.All.Where(caller.MayActOn).Where(d => d.ToString().Contains(query.Search, StringComparison.OrdinalIgnoreCase));
        return query.Sort switch
        {
            "dns"     => query.Order(found, d => posture.Last(d)?.Worst ?? PostureState.Unknown),
            "checked" => query.Order(found, d => posture.Last(d)?.At ?? DateTimeOffset.MinValue),
            _         => query.Order(found, d => d.ToString(), StringComparer.Ordinal),
        };
    }

    private static DomainName? Mine(HttpContext http, string domain, IOwnDomains own) =>
        DomainName.TryParse(domain, out DomainName name) && own.Contains(name) && http.User.MayActOn(name) ? name : null;
}
