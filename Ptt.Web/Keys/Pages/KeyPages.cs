using Microsoft.AspNetCore.Mvc;
using Ptt.Dns;
using Ptt.Web.Access;
using Ptt.Web.Domains;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Ui;

namespace Ptt.Web.Keys.Pages;

/// <summary>The keys as a table, and what the buttons of their pages do.</summary>
internal static class KeyPages
{
    public static void MapKeyPages(this WebApplication app)
    {
        app.MapPost("/keys/rotate", (HttpContext http, [FromForm] string domain, [FromForm] string? seen, KeyService keys, Flash flash, ITexts texts) =>
            OnAsync(http, domain, flash, texts, d => seen is null || Signing(keys.Find(d)) == seen ? keys.RotateAsync(d, http.User.ActorName(), http.RequestAborted)
                : ValueTask.FromResult<KeyVerdict>(new KeyVerdict.Refused("The keys have changed since you looked. Look at them again before you rotate them once more.")))).AsVerb(Scopes.KeysWrite).AllowDomainBound();
        app.MapPost("/keys/check", (HttpContext http, [FromForm] string domain, KeyService keys, Flash flash, ITexts texts) =>
            OnAsync(http, domain, flash, texts, d => keys.CheckAsync(d, http.RequestAborted))).AsVerb(Scopes.KeysRead).AllowDomainBound();
        app.MapPost("/keys/revoke", RevokeAsync).AsVerb(Scopes.KeysWrite).AllowDomainBound();
        app.MapGet("/keys.csv", (HttpContext http, KeyService keys) => CsvFile.Of(
                "keys", ["domain", "selector", "algorithm", "state", "since", "next_state", "next_at", "record_name", "record", "fault"],
                Select(keys, TableQuery.Of(http.Request), http).SelectMany(d => d.Keys.Select(k => (IReadOnlyList<string?>)
                    [d.Domain, k.Selector, k.Algorithm, k.State.ToString(), CsvFile.Instant(k.Since), k.Next?.State.ToString(), CsvFile.Instant(k.Next?.At), k.RecordName, k.RecordText, k.Fault])).ToAsyncEnumerable()))
            .RequireAuthorization(Scopes.KeysRead).AllowDomainBound().ExcludeFromDescription();
    }

    public static IEnumerable<DomainKeysView> Select(KeyService keys, TableQuery query, HttpContext http)
    {
        IEnumerable<DomainKeysView> found = keys.List()
            .Where(d => DomainName.TryParse(d.Domain, out DomainName name) && http.User.MayActOn(name))
            .Where(d => query.Search.Length == 0 || d.Domain.Contains(query.Search, StringComparison.OrdinalIgnoreCase) || d.Keys.Any(k => k.Selector.Contains(query.Search, StringComparison.OrdinalIgnoreCase)))
            .Where(d => query["ready"] switch { "yes" => d.Ready, "no" => !d.Ready, _ => true });
        return query.Sort switch
        {
            "domain" => query.Order(found, d => d.Domain, StringComparer.Ordinal),
            "ready"  => query.Order(found, d => d.Ready),
            _        => found,
        };
    }

    /// <summary>The selectors that sign: two who rotate at once shall not rotate twice.</summary>
    public static string Signing(DomainKeysView? view) =>
        string.Join(' ', (view?.Keys ?? []).Where(k => k.State == KeyState.Active).Select(k => k.Selector).Order(StringComparer.Ordinal));

    private static async Task<string> RevokeAsync(
        HttpContext http, [FromForm] string domain, [FromForm] string selector, [FromForm] string? typed, KeyService keys, Flash flash, ITexts texts)
    {
        if (typed != selector)
        {
            flash.Bad(texts["The selector was not typed as it stands there; nothing was done."]);
            return FormVerbs.Back;
        }

        return await OnAsync(http, domain, flash, texts, d => keys.RevokeAsync(d, selector, force: true, http.User.ActorName(), http.RequestAborted));
    }

    private static async Task<string> OnAsync(HttpContext http, string domain, Flash flash, ITexts texts, Func<DomainName, ValueTask<KeyVerdict>> act)
    {
        if (!DomainName.TryParse(domain, out DomainName name) || !http.User.MayActOn(name))
        {
            flash.Bad(texts["That domain is not yours."]);
            return FormVerbs.Back;
        }

        switch (await act(name))
        {
            case KeyVerdict.Done done:
                flash.Good(texts.Say(done.Text));
                break;
            case KeyVerdict.NeedsForce needs:
                flash.Bad(texts.Say(needs.Text));
                break;
            case KeyVerdict.Refused refused:
                flash.Bad(texts.Say(refused.Text));
                break;
            default:
                flash.Bad(texts["It is gone already."]);
                break;
        }

        return FormVerbs.Back;
    }
}
