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
        app.MapVerb("/domains/check", Scopes.DomainsRead, async (HttpContext http, [FromForm] string domain, IOwnDomains own, DomainPosture posture, Flash flash, ITexts texts) =>
        {
            if (Mine(http, domain, own) is { } name)
            {
                DomainReport report = await posture.CheckAsync(name, http.RequestAborted);
                flash.Say("info", texts["Checked: {0} of {1} as they should be.", report.Items.Count(i => i.State == PostureState.Good), report.Items.Count]);
            }

            return (string?)null;
        }).AllowDomainBound();
        app.MapVerb("/domains/apply", Scopes.DomainsWrite, async (HttpContext http, [FromForm] string domain, IOwnDomains own, DomainPosture posture, Flash flash, ITexts texts) =>
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

            return (string?)null;
        }).AllowDomainBound();
    }

    private static DomainName? Mine(HttpContext http, string domain, IOwnDomains own) =>
        DomainName.TryParse(domain, out DomainName name) && own.Contains(name) && http.User.MayActOn(name) ? name : null;
}
