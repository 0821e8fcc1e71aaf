using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Access.Factors;
using Ptt.Web.Ui;

namespace Ptt.Web.Shell.Sessions;

/// <summary>
/// The cookie of a signed-in person carries the key of a session and nothing that would be believed later: roles and
/// scopes are looked up anew at every request, so that who is disabled, demoted or signed out elsewhere is out at once.
/// </summary>
internal sealed class SessionCookie(
    SessionStore sessions, IPeople people, SecondFactors factors, IOptionsMonitor<AccessOptions> access, IAuditLog audit, IHostEnvironment environment)
    : IConfigureNamedOptions<CookieAuthenticationOptions>
{
    private const string KeyClaim = "ptt:session";

    public void Configure(string? name, CookieAuthenticationOptions options)
    {
        if (name != AccessSchemes.Session)
        {
            return;
        }

        // Development speaks plain HTTP on loopback, where not every client takes a Secure cookie; __Host- demands one.
        bool development = environment.IsDevelopment();
        options.Cookie.Name = development ? "ptt-session" : "__Host-ptt-session";
        options.Cookie.SecurePolicy = development ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.Path = "/";
        options.ExpireTimeSpan = SessionStore.AtMost;
        options.SlidingExpiration = false;
        options.LoginPath = "/sign-in";
        options.ReturnUrlParameter = "return";
        options.Events.OnValidatePrincipal = ValidateAsync;
        options.Events.OnRedirectToAccessDenied = context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;   // a page in place, not a redirect
            return Task.CompletedTask;
        };
    }

    public void Configure(CookieAuthenticationOptions options) => Configure(Options.DefaultName, options);

    /// <summary><paramref name="how"/> is what <see cref="Session.How"/> says of it.</summary>
    public async Task<Session> SignInAsync(HttpContext http, string person, string how)
    {
        (Session session, string key) = sessions.Open(
            person, how, http.Connection.RemoteIpAddress?.ToString(), Visible.Text(http.Request.Headers.UserAgent), Mailbox.TryParse(person, out Mailbox? address) ? people.CredentialOf(address) : null);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, session.Person), new Claim(KeyClaim, key)], AccessSchemes.Session);
        await http.SignInAsync(AccessSchemes.Session, new ClaimsPrincipal(identity), new AuthenticationProperties { IsPersistent = true });
        await audit.RecordAsync(person, "session.open", person, how, CancellationToken.None);
        return session;
    }

    /// <summary>For who has changed the own password: this browser gets a new session, all of before end.</summary>
    public async Task BeginAnewAsync(HttpContext http, string person)
    {
        Session session = await SignInAsync(http, person, Current(http.User)?.How ?? "password");
        sessions.CloseAll(person, session.KeyDigest);
    }

    public async Task SignOutAsync(HttpContext http)
    {
        if (Current(http.User) is { } session)
        {
            sessions.Close(session);
        }

        await http.SignOutAsync(AccessSchemes.Session);
    }

    public Session? Current(ClaimsPrincipal user) => user.FindFirstValue(KeyClaim) is { } key ? sessions.Find(key) : null;

    /// <summary>Whether who came in like this would come in with the same rights now. Does not count as use of the session.</summary>
    public bool IsAsBefore(ClaimsPrincipal user) =>
        user.FindFirstValue(KeyClaim) is { } key && sessions.Look(key) is { } session && PersonOf(session, key) is { } now && Rights(now).SetEquals(Rights(user));

    private async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        if (context.Principal is { } user && Current(user) is { } session)
        {
            if (PersonOf(session, user.FindFirstValue(KeyClaim)!) is { } now)
            {
                context.ReplacePrincipal(now);
                return;
            }

            sessions.Close(session);
        }

        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(AccessSchemes.Session);
    }

    // Who has the session, and what they may do now; null where it is good for nothing any more.
    private ClaimsPrincipal? PersonOf(Session session, string key)
    {
        if (RolesOf(session.Person) is not { } roles || !Rests(session))
        {
            return null;
        }

        bool mustEnrol = access.CurrentValue.RequireSecondFactor && session is not { Person: Session.SetUp } and not { How: "openid" }
            && PersonRoles.ScopesOf(roles).Count > 0 && !factors.Has(session.Person);
        roles = mustEnrol ? [PersonRoles.Sender] : roles;
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, session.Person), new Claim(KeyClaim, key)], AccessSchemes.Session, ClaimTypes.Name, AccessSchemes.RoleClaim);
        identity.AddClaims(mustEnrol ? [new Claim(AccessSchemes.EnrolClaim, "yes")] : []);
        identity.AddClaims(roles.Select(r => new Claim(AccessSchemes.RoleClaim, r)));
        identity.AddClaims(PersonRoles.ScopesOf(roles).Select(s => new Claim(AccessSchemes.ScopeClaim, s)));
        if (roles.Contains(PersonRoles.DomainAdmin) && !roles.Contains(PersonRoles.Admin) && Mailbox.TryParse(session.Person, out Mailbox? address))
        {
            identity.AddClaim(new Claim(AccessSchemes.DomainClaim, address.Domain.ToString()));
        }

        return new ClaimsPrincipal(identity);
    }

    // Whether the password is still the one that it was opened under, however it was opened: who changes a password wants everybody out.
    private bool Rests(Session session)
    {
        if (!Mailbox.TryParse(session.Person, out Mailbox? address) || people.CredentialOf(address) is not { } now || now == session.Credential)
        {
            return true;
        }

        if (session.Credential is { } before && !people.IsCredentialOf(address, before))
        {
            return false;
        }

        sessions.Rest(session, now);
        return true;
    }

    private static HashSet<string> Rights(ClaimsPrincipal user) =>
        [.. user.Claims.Where(c => c.Type is AccessSchemes.ScopeClaim or AccessSchemes.DomainClaim or AccessSchemes.EnrolClaim or AccessSchemes.RoleClaim).Select(c => c.Type + " " + c.Value)];

    private IReadOnlyList<string>? RolesOf(string person) =>
        person == Session.SetUp ? [PersonRoles.Admin]
        : !Mailbox.TryParse(person, out Mailbox? address) ? null
        : people.RolesOf(address) is { Count: > 0 } roles ? roles
        : people.RolesOf(address) is null ? null : [PersonRoles.Sender];
}
