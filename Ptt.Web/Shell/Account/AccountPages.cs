using Microsoft.AspNetCore.Mvc;
using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Sasl;
using Ptt.Web.Access;
using Ptt.Web.Access.Factors;
using Ptt.Web.Queue;
using Ptt.Web.Queue.Tracing;
using Ptt.Web.Shell.Sessions;
using Ptt.Web.Ui;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Pages;

namespace Ptt.Web.Shell.Account;

/// <summary>What a person does to their own account; no scope is needed for it.</summary>
internal static class AccountPages
{
    public static void MapAccountPages(this WebApplication app)
    {
        app.MapPost("/account/sessions/end", (HttpContext http, [FromForm] string id, SessionStore sessions, Flash flash, ITexts texts) =>
        {
            if (sessions.Of(http.User.ActorName()).FirstOrDefault(s => s.Id == id) is { } session)
            {
                sessions.Close(session);
                flash.Good(texts["That browser is signed out."]);
            }

            return "/account";
        }).AsVerb();
        app.MapPost("/account/sessions/others", (HttpContext http, SessionStore sessions, SessionCookie cookie, Flash flash, ITexts texts) =>
        {
            sessions.CloseAll(http.User.ActorName(), cookie.Current(http.User)?.KeyDigest);
            flash.Good(texts["All other browsers are signed out."]);
            return "/account";
        }).AsVerb();
        app.MapPost("/account/app-password/revoke", async (HttpContext http, [FromForm] string id, [FromForm] string? typed, UserService users, UserCredentials credentials, Flash flash, ITexts texts) =>
        {
            if (!Mailbox.TryParse(http.User.ActorName(), out Mailbox? address))
            {
                return "/account";
            }

            if (users.Find(address)?.User.AppPasswords.Any(a => a.Id == id && a.Name != typed) == true)
            {
                flash.Bad(texts["The name was not typed as it stands there; nothing was done."]);
            }
            else
            {
                flash.Say(await credentials.RevokeAppPasswordAsync(address, id, http.User.ActorName(), http.RequestAborted), texts["The app password is revoked."], texts);
            }

            return "/account";
        }).AsVerb();
        app.MapPost("/account/passkeys/options", async (HttpContext http, Passkeys passkeys) =>
                TypedResults.Content(await passkeys.AskToCreateAsync(http, http.User.ActorName()), "application/json"))
            .RequireAuthorization().DisableAntiforgery().ExcludeFromDescription();
        app.MapPost("/account/passkeys/add", AddPasskeyAsync).AsVerb();
        app.MapPost("/account/factors/remove", RemoveFactorAsync).AsVerb();
        app.MapGet("/account/mail.csv", (HttpContext http, OwnMail mail, CancellationToken cancellationToken) => CsvFile.Of(
                "mail", ["id", "accepted_at", "sender", "subject", "recipient", "state", "at", "reply"],
                RowsAsync(http, mail, cancellationToken)))
            .RequireAuthorization().ExcludeFromDescription();
    }

    public static TraceFilter FilterOf(TableQuery query) => new()
    {
        Text = query.Search.Trim() is { Length: > 0 } text ? text : null,
        State = query["state"] is { Length: > 0 } state ? state : null,
        OldestFirst = QueuePages.IsOldestFirst(query),
    };

    private static async Task<string> AddPasskeyAsync(
        HttpContext http, [FromForm] string? credential, [FromForm] string? name, [FromForm] string? password, Passkeys passkeys, SecondFactors factors,
        IAuthenticator authenticator, Flash flash, ITexts texts)
    {
        string person = http.User.ActorName();
        if (!await authenticator.KnowsAsync(person, password, http))
        {
            flash.Bad(texts["That is not the password, or there were too many tries."]);
            return "/account";
        }

        if (credential is not { Length: > 0 and < 40_000 } || !await passkeys.AddAsync(http, person, credential, string.IsNullOrWhiteSpace(name) ? texts["Passkey"] : name.Trim()))
        {
            flash.Bad(texts["The browser's answer was not good, or came too late. Try again."]);
            return "/account";
        }

        flash.Good(texts["The passkey is added: it lets you in from now on."]);
        return factors.CodesLeft(person) == 0 ? "/account/recovery-codes" : "/account";
    }

    private static async Task<string> RemoveFactorAsync(
        HttpContext http, [FromForm] string id, [FromForm] string? password, SecondFactors factors, IAuthenticator authenticator, Flash flash, ITexts texts)
    {
        string person = http.User.ActorName();
        if (!await authenticator.KnowsAsync(person, password, http))
        {
            flash.Bad(texts["That is not the password, or there were too many tries."]);
        }
        else if (await factors.RemoveAsync(person, id, person))
        {
            flash.Good(texts["It is removed."]);
        }

        return "/account";
    }

    private static async IAsyncEnumerable<IReadOnlyList<string?>> RowsAsync(
        HttpContext http, OwnMail mail, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TraceFilter filter = FilterOf(TableQuery.Of(http.Request));
        SpoolId? before = null;
        int pages = 0;
        do
        {
            TracePage page = await mail.ListAsync(http.User.ActorName(), filter, before, 200, cancellationToken);
            foreach (TracedMessage m in page.Items)
            {
                foreach (TracedRecipient r in m.Recipients)
                {
                    yield return [m.Id, CsvFile.Instant(m.AcceptedAt), m.Sender, m.Subject, r.Address, r.State, CsvFile.Instant(r.At), r.Reply];
                }
            }

            before = SpoolId.TryParse(page.Next, out SpoolId next) ? next : null;
        }
        while (before is not null && ++pages < 500);
    }
}
