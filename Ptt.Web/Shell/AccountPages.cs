using Microsoft.AspNetCore.Mvc;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Shell.Sessions;
using Ptt.Web.Ui;
using Ptt.Web.Users;

namespace Ptt.Web.Shell;

/// <summary>What a person does to their own account; no scope is needed for it.</summary>
internal static class AccountPages
{
    public static void MapAccountPages(this WebApplication app)
    {
        app.MapVerb("/account/sessions/end", "", (HttpContext http, [FromForm] string id, SessionStore sessions, Flash flash, ITexts texts) =>
        {
            if (sessions.Of(http.User.ActorName()).FirstOrDefault(s => s.Id == id) is { } session)
            {
                sessions.Close(session);
                flash.Good(texts["That browser is signed out."]);
            }

            return "/account";
        });
        app.MapVerb("/account/sessions/others", "", (HttpContext http, SessionStore sessions, SessionCookie cookie, Flash flash, ITexts texts) =>
        {
            sessions.CloseAll(http.User.ActorName(), cookie.Current(http.User)?.KeyDigest);
            flash.Good(texts["All other browsers are signed out."]);
            return "/account";
        });
        app.MapVerb("/account/app-password/revoke", "", async (HttpContext http, [FromForm] string id, UserCredentials credentials, Flash flash, ITexts texts) =>
        {
            if (Mailbox.TryParse(http.User.ActorName(), out Mailbox? address))
            {
                flash.Say(await credentials.RevokeAppPasswordAsync(address, id, http.User.ActorName(), http.RequestAborted), texts["The app password is revoked."], texts);
            }

            return "/account";
        });
    }
}
