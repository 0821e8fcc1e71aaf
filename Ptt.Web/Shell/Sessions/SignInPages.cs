using Microsoft.AspNetCore.Mvc;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Access.Factors;
using Ptt.Web.Ui;

namespace Ptt.Web.Shell.Sessions;

/// <summary>Signing in by a passkey; who is signed in anywhere, and ending that; taking away the factors of someone who lost theirs.</summary>
internal static class SignInPages
{
    public static void MapSignInPages(this WebApplication app)
    {
        app.MapPost("/sign-in/passkey/options", async (HttpContext http, Passkeys passkeys, HalfSignIn half) =>
            TypedResults.Content(await passkeys.AskAsync(http, half.Person(http)), "application/json")).AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();
        app.MapPost("/sign-in/passkey", ByPasskeyAsync).AsVerb().AllowAnonymous();
        app.MapPost("/sign-ins/end", EndAsync).AsVerb(Scopes.SystemWrite);
        app.MapPost("/sign-ins/factors/clear", ClearAsync).AsVerb(Scopes.SystemWrite);
        app.MapGet("/sign-ins.csv", (HttpRequest request, SessionStore sessions) => CsvFile.Of(
                "sign-ins", ["person", "how", "client", "browser", "since", "last_seen"],
                Select(sessions, TableQuery.Of(request)).Select(s => (IReadOnlyList<string?>)
                    [s.Person, s.How, s.Client, s.UserAgent, CsvFile.Instant(s.CreatedAt), CsvFile.Instant(s.LastSeenAt)]).ToAsyncEnumerable()))
            .RequireAuthorization(Scopes.SystemWrite).ExcludeFromDescription();
    }

    public static IEnumerable<Session> Select(SessionStore sessions, TableQuery query)
    {
        IEnumerable<Session> found = sessions.All.Where(s => query.Search.Length == 0
            || s.Person.Contains(query.Search, StringComparison.OrdinalIgnoreCase) || s.Client?.Contains(query.Search, StringComparison.Ordinal) == true);
        return query.Sort switch
        {
            "person" => query.Order(found, s => s.Person, StringComparer.OrdinalIgnoreCase),
            "how"    => query.Order(found, s => s.How, StringComparer.Ordinal),
            "since"  => query.Order(found, s => s.CreatedAt),
            "seen"   => query.Order(found, s => s.LastSeenAt),
            _        => found,
        };
    }

    private static async Task<string> ByPasskeyAsync(
        HttpContext http, [FromForm] string? credential, [FromForm] string? @return, Passkeys passkeys, HalfSignIn half, SessionCookie cookie, IPeople people, Flash flash, ITexts texts)
    {
        string? expected = half.Person(http);
        string? person = credential is { Length: > 0 and < 20_000 } ? await passkeys.VerifyAsync(http, credential) : null;
        if (person is null || (expected is not null && expected != person) || !Mailbox.TryParse(person, out Mailbox? address) || people.RolesOf(address) is null)
        {
            flash.Bad(texts["That passkey lets nobody in here."]);
            return "/sign-in";
        }

        half.End(http);
        await cookie.SignInAsync(http, person, "passkey");
        return FormVerbs.Local(@return);
    }

    private static async Task<string> EndAsync(HttpContext http, [FromForm] string id, SessionStore sessions, IAuditLog audit, Flash flash, ITexts texts)
    {
        if (sessions.All.FirstOrDefault(s => s.Id == id) is { } session)
        {
            sessions.Close(session);
            await audit.RecordAsync(http.User.ActorName(), "session.end", session.Person, null, CancellationToken.None);
        }

        flash.Good(texts["That browser is signed out."]);
        return "/sign-ins";
    }

    private static async Task<string> ClearAsync(
        HttpContext http, [FromForm] string? address, [FromForm] string? typed, SecondFactors factors, SessionStore sessions, Flash flash, ITexts texts)
    {
        if (address is not { Length: > 0 } || typed != address)
        {
            flash.Bad(texts["What had to be typed was not; nothing was done."]);
        }
        else if (await factors.ClearAsync(address, http.User.ActorName()))
        {
            sessions.CloseAll(address);
            flash.Good(texts["{0} signs in with the password alone from now on, and is signed out everywhere.", address]);
        }
        else
        {
            flash.Bad(texts["{0} has no second factor.", address]);
        }

        return "/sign-ins";
    }
}
