using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Ptt.Web.Access.Factors;
using Ptt.Web.Configuration;
using Ptt.Web.Formats;
using Ptt.Web.Http;

namespace Ptt.Web.Access;

/// <summary>Who may do what: API tokens, the session of a person and what they show besides a password, one policy for each scope, and the audit log of what was done.</summary>
internal static class AccessFeature
{
    public static WebApplicationBuilder AddAccess(this WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        builder.AddSection<AccessOptions>(AccessOptions.Section);
        services.AddStore(AccessSchema.Format, AccessDb.FileName);
        services.AddDbContextFactory<AccessDb>((s, o) => o.UseSqlite(AccessDb.ConnectionString(s.GetRequiredService<DataDirectory>())));
        services.AddSingleton<IAuditLog, AuditLog>();
        services.AddSingleton(s => new TokenStore(
            s.GetRequiredService<IDbContextFactory<AccessDb>>(), s.GetRequiredService<IOptionsMonitor<AccessOptions>>(), s.GetRequiredService<TimeProvider>()));

        services.AddSingleton<FactorStore>();
        services.AddSingleton<FactorThrottle>();
        services.AddSingleton<SecondFactors>();
        services.AddIdentityCore<PasskeyPerson>();   // for its WebAuthn alone: nobody is kept there
        services.AddSingleton<PasskeyPeople>();
        services.AddScoped<IUserStore<PasskeyPerson>>(s => s.GetRequiredService<PasskeyPeople>());
        services.AddScoped<IPasskeyHandler<PasskeyPerson>, PasskeyHandler<PasskeyPerson>>();
        services.AddScoped<Passkeys>();
        services.Configure<IdentityPasskeyOptions>(o =>
        {
            o.UserVerificationRequirement = "required";   // a passkey lets in alone, so the device asks for a finger or a PIN
            o.ResidentKeyRequirement = "preferred";
        });

        services.AddAuthentication(AccessSchemes.Default)
            .AddPolicyScheme(AccessSchemes.Default, null, o => o.ForwardDefaultSelector = SchemeOf)
            .AddScheme<AuthenticationSchemeOptions, TokenHandler>(AccessSchemes.Token, null)
            .AddCookie(AccessSchemes.Session, o =>
            {
                o.Events.OnRedirectToLogin = context => StatusOrRedirect(context, StatusCodes.Status401Unauthorized);
                o.Events.OnRedirectToAccessDenied = context => StatusOrRedirect(context, StatusCodes.Status403Forbidden);
            });
        services.AddSingleton<IAuthorizationHandler, ScopeHandler>();
        services.AddAuthorization(o =>
        {
            foreach (string scope in Scopes.All)
            {
                o.AddPolicy(scope, p => p.RequireAuthenticatedUser().AddRequirements(new ScopeRequirement(scope)));
            }
        });
        services.AddCascadingAuthenticationState();
        return builder;
    }

    public static WebApplication MapAccess(this WebApplication app)
    {
        using (AccessDb db = app.Services.GetRequiredService<IDbContextFactory<AccessDb>>().CreateDbContext())
        {
            AccessSchema.Upgrade(db);
        }

        app.UseAuthentication();
        app.UseAuthorization();
        app.UseApiCallers();
        app.UseWhen(http => ApiPaths.IsApi(http.Request.Path), api => api.Use((http, next) => SameOrigin.InvokeAsync(http, next)));
        app.MapTokens();
        app.MapAudit();
        return app;
    }

    private static string SchemeOf(HttpContext http) =>
        http.Request.Headers.Authorization.Count > 0 || (ApiPaths.IsApi(http.Request.Path) && http.Request.Cookies.Count == 0)
            ? AccessSchemes.Token : AccessSchemes.Session;

    private static Task StatusOrRedirect(RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        if (ApiPaths.IsApi(context.Request.Path))
        {
            context.Response.StatusCode = status;
        }
        else
        {
            context.Response.Redirect(context.RedirectUri);
        }

        return Task.CompletedTask;
    }
}
