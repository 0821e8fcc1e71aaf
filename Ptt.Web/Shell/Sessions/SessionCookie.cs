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
    public async Task SignInAsync(HttpContext http, string person, string how)
    {
        (Session session, string key) = sessions.Open(person, how, http.Connection.RemoteIpAddress?.ToString(), Visible.Text(http.Request.Headers.UserAgent));
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, session.Person), new Claim(KeyClaim, key)], AccessSchemes.Session);
        await http.SignInAsync(AccessSchemes.Session, new ClaimsPrincipal(identity), new AuthenticationProperties { IsPersistent = true });
        await audit.RecordAsync(person, "session.open", person, how, CancellationToken.None);
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

    private async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        if (context.Principal is { } user && Current(user) is { } session && RolesOf(session.Person) is { } roles)
        {
            bool mustEnrol = access.CurrentValue.RequireSecondFactor && session is not { Person: Session.SetUp } and not { How: "openid" }
                && PersonRoles.ScopesOf(roles).Count > 0 && !factors.Has(session.Person);
            roles = mustEnrol ? [PersonRoles.Sender] : roles;
            var identity = new ClaimsIdentity(user.Claims.Where(c => c.Type is ClaimTypes.Name or KeyClaim), AccessSchemes.Session, ClaimTypes.Name, AccessSchemes.RoleClaim);
            identity.AddClaims(mustEnrol ? [new Claim(AccessSchemes.EnrolClaim, "yes")] : []);
            identity.AddClaims(roles.Select(r => new Claim(AccessSchemes.RoleClaim, r)));
            identity.AddClaims(PersonRoles.ScopesOf(roles).Select(s => new Claim(AccessSchemes.ScopeClaim, s)));
            if (roles.Contains(PersonRoles.DomainAdmin) && !roles.Contains(PersonRoles.Admin) && Mailbox.TryParse(session.Person, out Mailbox? address))
            {
                identity.AddClaim(new Claim(AccessSchemes.DomainClaim, address.Domain.ToString()));
            }

            context.ReplacePrincipal(new ClaimsPrincipal(identity));
            return;
        }

        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(AccessSchemes.Session);
    }

    private IReadOnlyList<string>? RolesOf(string person) =>
        person == Session.SetUp ? [PersonRoles.Admin]
        : !Mailbox.TryParse(person, out Mailbox? address) ? null
        : people.RolesOf(address) is { Count: > 0 } roles ? roles
        : people.RolesOf(address) is null ? null : [PersonRoles.Sender];
}
