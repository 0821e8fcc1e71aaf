using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Localization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;
using Ptt.Smtp.Pipeline;
using Ptt.Web.Access;
using Ptt.Web.Alarms;
using Ptt.Web.Configuration;
using Ptt.Web.Domains;
using Ptt.Web.Domains.Posture;
using Ptt.Web.Formats;
using Ptt.Web.Keys.Pages;
using Ptt.Web.Links;
using Ptt.Web.Listeners;
using Ptt.Web.Outbound.TlsReports;
using Ptt.Web.Queue;
using Ptt.Web.Queue.Suppressions;
using Ptt.Web.Queue.Tracing;
using Ptt.Web.Queue.Webhooks;
using Ptt.Web.Sandbox;
using Ptt.Web.Shell.Account;
using Ptt.Web.Shell.Flow;
using Ptt.Web.Shell.Notices;
using Ptt.Web.Shell.Sessions;
using Ptt.Web.Shell.Trials;
using Ptt.Web.Ui;
using Ptt.Web.Users.Pages;

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
        services.AddStore(SessionStore.Format, SessionStore.FileName);
        services.AddStore(FlowKeeper.Format, FlowKeeper.FileName);
        services.AddSingleton<SessionStore>();
        services.AddSingleton<SessionCookie>();
        services.AddSingleton<IConfigureOptions<Microsoft.AspNetCore.Authentication.Cookies.CookieAuthenticationOptions>>(s => s.GetRequiredService<SessionCookie>());
        services.AddSingleton<LiveConnections>();
        services.AddHostedService(s => s.GetRequiredService<LiveConnections>());
        services.AddScoped<Microsoft.AspNetCore.Components.Server.Circuits.CircuitHandler, CircuitRights>();
        services.AddSingleton(new SandboxLink(builder.Configuration.GetValue("Ptt:Sandbox:Enabled", builder.Environment.IsDevelopment())));
        services.TryAddSingleton<IPeople, PeopleElsewhere>();   // the rooms were added before: theirs wins
        services.AddSingleton<OneTimeLink>();
        services.AddSingleton<OwnPages>();
        services.AddSingleton<TrialPost>();
        services.AddSingleton<EffectiveSettings>();
        services.AddSingleton<Traffic>();
        services.AddSingleton<Busiest>();
        services.AddSingleton<IStoryListener>(s => s.GetRequiredService<Busiest>());
        services.AddHostedService<FlowKeeper>();
        services.AddSingleton(s => new Health(
            s.GetRequiredService<IOwnDomains>(), s.GetRequiredService<DomainPosture>(), s.GetService<Certificates>(), s.GetService<LinkCertificates>(), s.GetService<QueueService>()));
        services.AddSingleton<AlarmMail>();
        services.AddHostedService(s => new AlarmNotices(
            s.GetRequiredService<AlarmBoard>(), s.GetRequiredService<AlarmMail>(), s.GetRequiredService<IOptionsMonitor<AlarmOptions>>(), s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<AlarmNotices>>(), s.GetService<WebhookStore>()));
        services.AddSingleton(s => new OwnMail(s.GetService<TraceService>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<HalfSignIn>();
        OpenIdOptions openId = builder.Configuration.GetSection(OpenIdOptions.Section).Get<OpenIdOptions>() ?? new();
        builder.AddSection<OpenIdOptions>(OpenIdOptions.Section);
        services.AddSingleton<IValidateOptions<OpenIdOptions>, OpenIdOptionsValidator>();
        services.AddSingleton(openId);
        services.AddOpenId(openId);
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
        app.Use((http, next) => http.RequestServices.GetRequiredService<LiveConnections>().InvokeAsync(http, next));
        app.UseAntiforgery();
        app.MapAlarmsApi();
        app.MapOverviewApi();
        app.MapSettingsApi();
        app.MapSignInsApi();
        if (!app.Plays(Role.Submission))
        {
            // Who may sign in is known where the users are. A signer or a relay of its own answers to API tokens, probes and scrapers.
            app.MapGet("/", ElsewherePage.Show).AllowAnonymous().ExcludeFromDescription();
            return app;
        }

        app.MapAccountApi();
        app.MapTrialApi();
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode(o => o.ContentSecurityFrameAncestorsPolicy = "'none'")
            .RequireAuthorization();
        if (app.Plays(Role.Relay))
        {
            app.MapQueuePages();
            app.MapTlsReportPages();
            app.MapSuppressionPages();
            app.MapWebhookPages();
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
        app.MapSignInPages();
        app.MapOpenId(app.Services.GetRequiredService<OpenIdOptions>());
        app.MapPost("/sign-out", SignOutAsync).AsVerb();
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
