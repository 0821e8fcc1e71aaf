using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Localization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;
using Ptt.Smtp.Pipeline;
using Ptt.Web.Access;
using Ptt.Web.Configuration;
using Ptt.Web.Domains;
using Ptt.Web.Keys;
using Ptt.Web.Outbound.TlsReports;
using Ptt.Web.Queue;
using Ptt.Web.Sandbox;
using Ptt.Web.Shell.Sessions;
using Ptt.Web.Shell.Trials;
using Ptt.Web.Ui;
using Ptt.Web.Users;

namespace Ptt.Web.Shell;

internal static class ShellFeature
{
    public static WebApplicationBuilder AddShell(this WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        builder.WebHost.UseStaticWebAssets();
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddHttpContextAccessor();
        services.AddSingleton<IStringLocalizer<Text>, Translations>();
        services.Configure<RequestLocalizationOptions>(o => o
            .SetDefaultCulture("en").AddSupportedCultures([.. Viewer.Languages]).AddSupportedUICultures([.. Viewer.Languages]));
        services.AddAntiforgery(o =>
        {
            o.Cookie.Name = "ptt-form";
            o.Cookie.HttpOnly = true;
            o.Cookie.SameSite = SameSiteMode.Strict;
            o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.Configure<ForwardedHeadersOptions>(o => o.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost);

        // The ring lies in the data directory: a restart signs nobody out.
        services.AddDataProtection().SetApplicationName("Ptt");
        services.AddOptions<Microsoft.AspNetCore.DataProtection.KeyManagement.KeyManagementOptions>()
            .Configure<DataDirectory, ILoggerFactory>((o, data, logs) =>
                o.XmlRepository = new Microsoft.AspNetCore.DataProtection.Repositories.FileSystemXmlRepository(new DirectoryInfo(data.Folder("ring")), logs));

        services.AddScoped<Flash>();
        services.AddSingleton<ITexts, Texts>();
        services.AddSingleton<SessionStore>();
        services.AddSingleton<SessionCookie>();
        services.AddSingleton<IConfigureOptions<Microsoft.AspNetCore.Authentication.Cookies.CookieAuthenticationOptions>>(s => s.GetRequiredService<SessionCookie>());
        services.AddSingleton(new SandboxLink(builder.Configuration.GetValue("Ptt:Sandbox:Enabled", builder.Environment.IsDevelopment())));
        services.TryAddSingleton<IPeople, PeopleElsewhere>();   // the rooms were added before: theirs wins
        services.AddSingleton<OneTimeLink>();
        services.AddSingleton<OwnPages>();
        services.AddSingleton<TrialPost>();
        services.AddSingleton<EffectiveSettings>();
        services.AddSingleton<Traffic>();
        services.AddHostedService(s => s.GetRequiredService<Traffic>());
        services.AddHostedService<Greeting>();
        return builder;
    }

    /// <summary>What comes before every endpoint of any room.</summary>
    public static WebApplication UseShell(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseSecurityHeaders();
        app.UseRequestLocalization();
        app.UseWhen(IsPage, pages =>
        {
            pages.UseExceptionHandler("/status/500", createScopeForErrors: true);
            pages.UseStatusCodePagesWithReExecute("/status/{0}", createScopeForStatusCodePages: true);
        });
        app.UseRouting();   // here and not before: the page of an error is found by routing anew
        return app;
    }

    public static WebApplication MapShell(this WebApplication app)
    {
        app.UseAntiforgery();
        if (!app.Plays(Role.Submission))
        {
            // Who may sign in is known where the users are. A signer or a relay of its own answers to API tokens, probes and scrapers.
            app.MapGet("/", () => "This Ptt has no pages: administrators sign in at the submission server. Its API is under /api/v1.\n")
                .AllowAnonymous().ExcludeFromDescription();
            return app;
        }

        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode(o => o.ContentSecurityFrameAncestorsPolicy = "'none'")
            .RequireAuthorization();
        if (app.Plays(Role.Relay))
        {
            app.MapQueuePages();
            app.MapTlsReportPages();
        }

        if (app.Plays(Role.Signer))
        {
            app.MapKeyPages();
        }

        app.MapDomainPages();
        app.MapUserPages();
        app.MapAccountPages();
        app.MapSettingsPages();
        app.MapInboxPages();
        app.MapAlarmPages();
        app.MapTokenPages();
        app.MapAuditPages();
        app.MapVerb("/sign-out", "", SignOutAsync);
        app.MapPost("/preferences", Prefer).ExcludeFromDescription().AllowAnonymous();
        return app;
    }

    private static bool IsPage(HttpContext http) =>
        !http.Request.Path.StartsWithSegments("/api") && !http.Request.Path.StartsWithSegments("/scim")
        && !http.Request.Path.StartsWithSegments("/_blazor") && http.Request.Headers.Accept.ToString() is var accept
        && (accept.Contains("text/html", StringComparison.Ordinal));

    private static async Task<string> SignOutAsync(HttpContext http, SessionCookie cookie)
    {
        await cookie.SignOutAsync(http);
        return "/sign-in";
    }

    // Appearance is no secret and changes nothing of ours, but the antiforgery check costs nothing: [FromForm] asks for it.
    private static IResult Prefer(HttpContext http, [FromForm] string? theme, [FromForm] string? language)
    {
        var forever = new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, MaxAge = TimeSpan.FromDays(400), IsEssential = true };
        if (theme is not null && Viewer.Themes.Contains(theme))
        {
            http.Response.Cookies.Append(Viewer.ThemeCookie, theme, forever);
        }

        if (language is not null && Viewer.Languages.Contains(language))
        {
            http.Response.Cookies.Append(CookieRequestCultureProvider.DefaultCookieName, CookieRequestCultureProvider.MakeCookieValue(new RequestCulture(language)), forever);
        }

        return TypedResults.LocalRedirect(Uri.TryCreate(http.Request.Headers.Referer.ToString(), UriKind.Absolute, out Uri? from) && from.Authority == http.Request.Host.Value
            ? FormVerbs.Local(from.PathAndQuery) : "/");
    }
}
