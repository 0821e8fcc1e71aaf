using System.Runtime.CompilerServices;
using System.Security.Claims;
using Microsoft.AspNetCore.Mvc;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Ui;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Import;
using Ptt.Web.Users.InForce;

namespace Ptt.Web.Users.Pages;

/// <summary>The users as a table, and what the buttons of their pages do. Checks the same as the API: <see cref="Callers.MayActOn"/>, <see cref="RoleGuard"/>.</summary>
internal static class UserPages
{
    public static void MapUserPages(this WebApplication app)
    {
        app.MapPost("/users/disable", (HttpContext http, [FromForm] string address, UserService users, Flash flash, ITexts texts) => EnableAsync(false, http, address, users, flash, texts)).AsVerb(Scopes.UsersWrite).AllowDomainBound();
        app.MapPost("/users/enable", (HttpContext http, [FromForm] string address, UserService users, Flash flash, ITexts texts) => EnableAsync(true, http, address, users, flash, texts)).AsVerb(Scopes.UsersWrite).AllowDomainBound();
        app.MapPost("/users/delete", DeleteAsync).AsVerb(Scopes.UsersWrite).AllowDomainBound();
        app.MapPost("/users/app-password/revoke", RevokeAppPasswordAsync).AsVerb(Scopes.UsersWrite).AllowDomainBound();
        app.MapPost("/users/release", ReleaseAsync).AsVerb(Scopes.UsersWrite).AllowDomainBound();
        app.MapPost("/users/revert", RevertAsync).AsVerb(Scopes.UsersWrite).AllowDomainBound();
        app.MapImportPages();
        app.MapUserSyncPages();
        app.MapPost("/domains/add", AddDomainAsync).AsVerb(Scopes.DomainsWrite);
        app.MapGet("/users.csv", (HttpContext http, UserService users, CancellationToken cancellationToken) => CsvFile.Of(
                "users", ["address", "name", "enabled", "roles", "app_passwords", "send_as", "targets", "changed"],
                RowsAsync(users, QueryOf(TableQuery.Of(http.Request), http.User) with { Limit = 200 }, cancellationToken)))
            .RequireAuthorization(Scopes.UsersRead).AllowDomainBound().ExcludeFromDescription();
    }

    public static UserQuery QueryOf(TableQuery query, ClaimsPrincipal caller)
    {
        IReadOnlyList<DomainName>? bound = caller.BoundTo();
        IReadOnlyList<DomainName>? domains = DomainName.TryParse(query["domain"], out DomainName domain) && !domain.IsRoot && caller.MayActOn(domain) ? [domain] : bound;
        return new UserQuery(
            query.Search is { Length: > 0 } text ? text : null, domains,
            query["state"] switch { "enabled" => true, "disabled" => false, _ => null },
            query["role"] is { Length: > 0 } role ? role : null,
            query.Sort switch { "name" => UserSort.DisplayName, "changed" => UserSort.Changed, _ => UserSort.Address },
            query.Descending, query.After.Length > 0 ? query.After : null, query.Size);
    }

    /// <summary>The user that the caller may change; else the word for it is said already.</summary>
    public static StoredUser? Touchable(HttpContext http, string address, UserService users, Flash flash, ITexts texts)
    {
        if (users.Visible(address, http.User) is not { } stored)
        {
            flash.Bad(texts["There is no such user any more."]);
            return null;
        }

        List<Fault> faults = [];
        RoleGuard.Check(http.User, stored.User, null, "", faults);
        if (faults.Count > 0)
        {
            flash.Bad(texts["{0} can do more than you: an administrator has to do this.", stored.User.Address]);
            return null;
        }

        return stored;
    }

    /// <summary>What came of it, in words.</summary>
    public static void Say<T>(this Flash flash, Change<T> change, string done, ITexts texts)
    {
        switch (change)
        {
            case Change<T>.Done:
                flash.Good(done);
                break;
            case Change<T>.Stale:
                flash.Bad(texts["Someone else changed this in the meantime. Look at it again before you change it."]);
                break;
            case Change<T>.Invalid invalid:
                flash.Bad(string.Join("; ", invalid.Faults.Select(f => $"{f.Pointer.TrimStart('/')} {f.Detail}")));
                break;
            case Change<T>.Exists:
                flash.Bad(texts["It exists already."]);
                break;
            default:
                flash.Bad(texts["It is gone already."]);
                break;
        }
    }

    private static async Task<string> AddDomainAsync(HttpContext http, [FromForm] string domain, DomainService domains, Flash flash, ITexts texts)
    {
        if (!DomainName.TryParse(domain.Trim(), out DomainName name) || name.IsRoot || name.Labels.Length < 2)
        {
            flash.Bad(texts["'{0}' is no domain name.", domain]);
            return "/domains";
        }

        Change<StoredDomain> change = await domains.CreateAsync(new OwnDomain { Domain = name }, http.User.ActorName(), http.RequestAborted);
        flash.Say(change, texts["{0} is added. Its keys are being made; look at what DNS needs.", name], texts);
        return change is Change<StoredDomain>.Done ? "/keys" : "/domains";
    }

    private static async Task<string> EnableAsync(bool enable, HttpContext http, string address, UserService users, Flash flash, ITexts texts)
    {
        if (Touchable(http, address, users, flash, texts) is { } stored)
        {
            flash.Say(await users.SetEnabledAsync(stored.User.Address, enable, http.User.ActorName(), http.RequestAborted),
                enable ? texts["{0} is enabled.", stored.User.Address] : texts["{0} is disabled. Its sessions have ended.", stored.User.Address], texts);
        }

        return FormVerbs.Back;
    }

    private static async Task<string> DeleteAsync(
        HttpContext http, [FromForm] string address, [FromForm] string version, [FromForm] string? typed, UserService users, Flash flash, ITexts texts)
    {
        if (Touchable(http, address, users, flash, texts) is not { } stored)
        {
            return "/users";
        }

        if (typed != stored.User.Address.ToString())
        {
            flash.Bad(texts["The address was not typed as it stands there; nothing was done."]);
            return Addresses.PageOf(stored.User.Address);
        }

        flash.Say(await users.DeleteAsync(stored.User.Address, new Precondition([version]), http.User.ActorName(), http.RequestAborted),
            texts["{0} is deleted. The git history still knows it.", stored.User.Address], texts);
        return "/users";
    }

    private static async Task<string> RevokeAppPasswordAsync(
        HttpContext http, [FromForm] string address, [FromForm] string id, [FromForm] string? typed, UserService users, UserCredentials credentials, Flash flash, ITexts texts)
    {
        if (Touchable(http, address, users, flash, texts) is not { } stored)
        {
            return FormVerbs.Back;
        }

        if (stored.User.AppPasswords.Any(a => a.Id == id && a.Name != typed))
        {
            flash.Bad(texts["The name was not typed as it stands there; nothing was done."]);
        }
        else
        {
            flash.Say(await credentials.RevokeAppPasswordAsync(stored.User.Address, id, http.User.ActorName(), http.RequestAborted), texts["The app password is revoked."], texts);
        }

        return FormVerbs.Back;
    }

    private static async Task<string> ReleaseAsync(HttpContext http, [FromForm] string address, UserService users, UserSending sending, Flash flash, ITexts texts)
    {
        if (Touchable(http, address, users, flash, texts) is { } stored)
        {
            int messages = await sending.ReleaseAsync(stored.User.Address, http.User.ActorName(), http.RequestAborted);
            flash.Good(texts["{0} messages of {1} are released.", messages, stored.User.Address]);
        }

        return FormVerbs.Back;
    }

    private static async Task<string> RevertAsync(
        HttpContext http, [FromForm] string address, [FromForm] string commit, UserService users, UserHistory history, Flash flash, ITexts texts)
    {
        if (Touchable(http, address, users, flash, texts) is { } stored)
        {
            flash.Say(await history.RevertAsync(stored.User.Address, commit, http.User.ActorName(), http.RequestAborted), texts["{0} is again as that commit had it.", stored.User.Address], texts);
        }

        return FormVerbs.Back;
    }

    private static async IAsyncEnumerable<IReadOnlyList<string?>> RowsAsync(UserService users, UserQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (string? cursor = query.Cursor; ;)
        {
            UserPage page = await users.ListAsync(query with { Cursor = cursor }, cancellationToken);
            foreach (User u in page.Items.Select(i => i.User))
            {
                yield return
                [
                    u.Address.ToString(), u.DisplayName, u.Enabled ? "true" : "false", string.Join(' ', u.Roles), CsvFile.Number(u.AppPasswords.Count),
                    string.Join(' ', u.SendAs), string.Join(' ', u.Targets), CsvFile.Instant(users.Find(u.Address)?.Changed),
                ];
            }

            if (page.Next is null)
            {
                yield break;
            }

            cursor = page.Next;
        }
    }
}
