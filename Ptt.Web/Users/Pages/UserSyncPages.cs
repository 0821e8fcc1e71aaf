using Microsoft.AspNetCore.Mvc;
using Ptt.Web.Access;
using Ptt.Web.Ui;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;
using Ptt.Web.Users.Sync;

namespace Ptt.Web.Users.Pages;

/// <summary>What the buttons of the repository's page do; <see cref="GitApi"/> does the same.</summary>
internal static class UserSyncPages
{
    private const string Page = "/users/sync";

    public static void MapUserSyncPages(this IEndpointRouteBuilder app)
    {
        app.MapPost("/users/sync/now", SyncAsync).AsVerb(Scopes.UsersWrite);
        app.MapPost("/users/sync/accept", AcceptAsync).AsVerb(Scopes.SystemWrite);
    }

    private static async Task<string> SyncAsync(HttpContext http, UserStore store, UserService users, Flash flash, ITexts texts)
    {
        try
        {
            bool changed = await store.SyncAsync(http.RequestAborted);
            switch (users.Sync)
            {
                case { Refused: not null }:
                    flash.Bad(texts["What was fetched is refused; it says why below."]);
                    break;
                case { Unreachable: not null }:
                    flash.Bad(texts["The remote does not answer."]);
                    break;
                default:
                    flash.Good(changed ? texts["What others committed is in force now."] : texts["There was nothing new."]);
                    break;
            }
        }
        catch (Exception fault) when (fault is GitException or IOException or System.ComponentModel.Win32Exception)
        {
            flash.Bad(texts["The repository cannot be used now; the alarms say why."]);
        }

        return Page;
    }

    private static async Task<string> AcceptAsync(
        HttpContext http, [FromForm] string? commit, [FromForm] string? typed, UserStore store, IAuditLog audit, Flash flash, ITexts texts)
    {
        if (commit is not { Length: 40 } || typed != commit[..12])
        {
            flash.Bad(texts["What had to be typed was not; nothing was done."]);
            return Page;
        }

        switch (await store.AcceptAsync(commit, http.RequestAborted))
        {
            case null:
                flash.Bad(texts["That commit is not refused any more."]);
                break;
            case { Count: > 0 } reasons:
                flash.Bad(string.Join("; ", reasons.Select(r => Visible.Text(r))));
                break;
            default:
                await audit.RecordAsync(http.User.ActorName(), "git.accept", commit, null, CancellationToken.None);
                flash.Good(texts["The commit is in force."]);
                break;
        }

        return Page;
    }
}
