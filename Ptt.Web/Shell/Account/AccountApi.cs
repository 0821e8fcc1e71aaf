using System.ComponentModel;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Sasl;
using Ptt.Web.Access;
using Ptt.Web.Access.Factors;
using Ptt.Web.Configuration;
using Ptt.Web.Http;
using Ptt.Web.Queue.Tracing;
using Ptt.Web.Shell.Sessions;
using Ptt.Web.Users.Api;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Shell.Account;

/// <summary><c>/api/v1/account</c>: the own account of whoever is signed in. A token is nobody's account and is refused.</summary>
internal static class AccountApi
{
    public static void MapAccountApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder account = app.MapApi("/account").RequireAuthorization();
        account.AddEndpointFilter(async (context, next) => Person(context.HttpContext).Length > 0
            ? await next(context) : Problems.Forbidden("This is for people who are signed in; a token has no account."));
        account.MapGet("", Show).WithSummary("Who is signed in, with which roles, scopes, factors and sessions");
        account.MapPut("/password", PasswordAsync).WithSummary("Change the own password; signs out everywhere else");
        account.MapPost("/app-passwords", AddAppPasswordAsync).WithSummary("Make an app password; its text is shown this once");
        account.MapDelete("/app-passwords/{id}", RevokeAppPasswordAsync).WithSummary("Revoke an own app password, at once");
        account.MapDelete("/sessions/{id}", EndSession).WithSummary("Sign a browser of one's own out");
        account.MapDelete("/sessions", EndOthers).WithSummary("Sign all other browsers of one's own out");
        account.MapPost("/factors/totp/offer", Offer).WithSummary("A new secret for an authenticator app; it counts once a code of it was shown");
        account.MapPost("/factors/totp", AddTotpAsync).WithSummary("Add an authenticator app by a code that it shows");
        account.MapPost("/factors/passkey/offer", async (HttpContext http, Passkeys passkeys) =>
                TypedResults.Content(await passkeys.AskToCreateAsync(http, Person(http)), "application/json"))
            .WithSummary("What navigator.credentials.create takes (WebAuthn)");
        account.MapPost("/factors/passkey", AddPasskeyAsync).WithSummary("Add a passkey by what the browser answered");
        account.MapPost("/factors/{id}/remove", RemoveFactorAsync).WithSummary("Remove an authenticator app or a passkey");
        account.MapPost("/recovery-codes", NewCodesAsync).WithSummary("New recovery codes, shown this once; the old ones are no longer good");
        account.MapGet("/messages", MessagesAsync).WithSummary("The mail sent with the own login, the newest first");
        account.MapGet("/messages/{id}", MessageAsync).WithSummary("What became of one own message");
    }

    private static string Person(HttpContext http) =>
        http.User.Identities.Any(i => i is { IsAuthenticated: true, AuthenticationType: AccessSchemes.Session }) ? http.User.ActorName() : "";

    private static Ok<AccountView> Show(HttpContext http, SecondFactors factors, SessionStore sessions, SessionCookie cookie, UserService users)
    {
        string person = Person(http);
        Session? current = cookie.Current(http.User);
        StoredUser? stored = Mailbox.TryParse(person, out Mailbox? address) ? users.Find(address) : null;
        return TypedResults.Ok(new AccountView(
            person, [.. http.User.FindAll(AccessSchemes.RoleClaim).Select(c => c.Value)], [.. http.User.FindAll(AccessSchemes.ScopeClaim).Select(c => c.Value)],
            http.User.HasClaim(c => c.Type == AccessSchemes.EnrolClaim), factors.Of(person), factors.CodesLeft(person),
            [.. sessions.Of(person).Select(s => SessionView.Of(s, s.KeyDigest == current?.KeyDigest))],
            [.. (stored?.User.AppPasswords ?? []).Select(AppPasswordView.Of)]));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PasswordAsync(
        OwnPasswords body, HttpContext http, IAuthenticator authenticator, UserCredentials credentials, SessionCookie cookie, CancellationToken cancellationToken)
    {
        string person = Person(http);
        if (!await authenticator.KnowsAsync(person, body.Now, http) || !Mailbox.TryParse(person, out Mailbox? address))
        {
            return WrongPassword("/now");
        }

        if (await credentials.SetPasswordAsync(address, body.Next ?? "", person, cancellationToken) is not Change<StoredUser>.Done and var refused)
        {
            return refused.ToProblem();
        }

        await cookie.BeginAnewAsync(http, person);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Created<MadeAppPasswordView>, ProblemHttpResult>> AddAppPasswordAsync(
        OwnAppPassword body, HttpContext http, UserCredentials credentials, CancellationToken cancellationToken)
    {
        if (body.Name is not { Length: > 0 and <= 100 } || string.IsNullOrWhiteSpace(body.Name))
        {
            return Problems.Invalid(new Fault("/name", "must be 1 to 100 characters"));
        }

        if (!Mailbox.TryParse(Person(http), out Mailbox? address))
        {
            return Problems.NotFound();
        }

        Change<MadeAppPassword> change = await credentials.AddAppPasswordAsync(address, new NewAppPassword(body.Name.Trim(), body.Expires), Person(http), cancellationToken);
        return change is Change<MadeAppPassword>.Done { Value: var made }
            ? TypedResults.Created($"/api/v1/account/app-passwords/{made.Password.Id}", new MadeAppPasswordView(AppPasswordView.Of(made.Password), made.Text))
            : change.ToProblem();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeAppPasswordAsync(string id, HttpContext http, UserCredentials credentials, CancellationToken cancellationToken)
    {
        if (!Mailbox.TryParse(Person(http), out Mailbox? address))
        {
            return Problems.NotFound();
        }

        Change<StoredUser> change = await credentials.RevokeAppPasswordAsync(address, id, Person(http), cancellationToken);
        return change is Change<StoredUser>.Done ? TypedResults.NoContent() : change.ToProblem();
    }

    private static Results<NoContent, ProblemHttpResult> EndSession(string id, HttpContext http, SessionStore sessions)
    {
        if (sessions.Of(Person(http)).FirstOrDefault(s => s.Id == id) is not { } session)
        {
            return Problems.NotFound();
        }

        sessions.Close(session);
        return TypedResults.NoContent();
    }

    private static NoContent EndOthers(HttpContext http, SessionStore sessions, SessionCookie cookie)
    {
        sessions.CloseAll(Person(http), cookie.Current(http.User)?.KeyDigest);
        return TypedResults.NoContent();
    }

    private static Ok<TotpOffer> Offer(HttpContext http, SecondFactors factors, IOptions<PttOptions> options) =>
        TypedResults.Ok(factors.Offer(Person(http), "Ptt " + options.Value.Hostname));

    private static async Task<Results<NoContent, ProblemHttpResult>> AddTotpAsync(NewTotp body, HttpContext http, SecondFactors factors, IAuthenticator authenticator)
    {
        string person = Person(http);
        if (!await authenticator.KnowsAsync(person, body.Password, http))
        {
            return WrongPassword("/password");
        }

        return await factors.AddTotpAsync(person, body.Sealed ?? "", body.Code ?? "", body.Name is { Length: > 0 } name ? name : "TOTP")
            ? TypedResults.NoContent() : Problems.Invalid(new Fault("/code", "is not the app's code of now, or the offer is too old"));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> AddPasskeyAsync(
        NewPasskey body, HttpContext http, Passkeys passkeys, IAuthenticator authenticator)
    {
        string person = Person(http);
        if (!await authenticator.KnowsAsync(person, body.Password, http))
        {
            return WrongPassword("/password");
        }

        return body.Credential is { ValueKind: JsonValueKind.Object } credential && await passkeys.AddAsync(http, person, credential.GetRawText(), body.Name is { Length: > 0 } name ? name : "Passkey")
            ? TypedResults.NoContent() : Problems.Invalid(new Fault("/credential", "is not a good answer to what was asked"));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveFactorAsync(
        string id, OwnProof body, HttpContext http, SecondFactors factors, IAuthenticator authenticator)
    {
        string person = Person(http);
        return !await authenticator.KnowsAsync(person, body.Password, http) ? WrongPassword("/password")
            : await factors.RemoveAsync(person, id, person) ? TypedResults.NoContent() : Problems.NotFound();
    }

    private static async Task<Results<Ok<RecoveryCodes>, ProblemHttpResult>> NewCodesAsync(
        OwnProof body, HttpContext http, SecondFactors factors, IAuthenticator authenticator)
    {
        string person = Person(http);
        if (!await authenticator.KnowsAsync(person, body.Password, http))
        {
            return WrongPassword("/password");
        }

        return await factors.NewCodesAsync(person) is { Count: > 0 } codes
            ? TypedResults.Ok(new RecoveryCodes(codes)) : Problems.Conflict("There is no second factor that they would stand in for.");
    }

    private static async Task<Results<Ok<TracePage>, ProblemHttpResult>> MessagesAsync(
        HttpContext http, OwnMail mail, CancellationToken cancellationToken, string? search = null, string? state = null,
        [Description("What next held in the page before")] string? cursor = null, [Description("1 to 200, usually 50")] int? limit = null)
    {
        if (Paging.Limit(limit) is not { } count)
        {
            return Problems.Invalid(Paging.LimitFault);
        }

        SpoolId before = default;
        if (cursor is not null && !(Cursor.TryDecode(cursor, 1, out string[]? key) && SpoolId.TryParse(key[0], out before)))
        {
            return Problems.Invalid(Paging.CursorFault);
        }

        TracePage page = await mail.ListAsync(Person(http), new TraceFilter { Text = search, State = state }, cursor is null ? null : before, count, cancellationToken);
        page = page with { Next = page.Next is null ? null : Cursor.Encode(page.Next) };
        Paging.LinkNext(http, page.Next);
        return TypedResults.Ok(page);
    }

    private static async Task<Results<Ok<TracedStory>, ProblemHttpResult>> MessageAsync(string id, HttpContext http, OwnMail mail, CancellationToken cancellationToken) =>
        SpoolId.TryParse(id, out SpoolId spoolId) && await mail.FindAsync(Person(http), spoolId, cancellationToken) is { } story
            ? TypedResults.Ok(story) : Problems.NotFound();

    private static ProblemHttpResult WrongPassword(string pointer) => Problems.Invalid(new Fault(pointer, "is not the password, or there were too many tries"));
}
