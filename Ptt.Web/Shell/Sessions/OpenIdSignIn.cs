using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Ui;

namespace Ptt.Web.Shell.Sessions;

/// <summary>The authorization code flow with PKCE (OpenID Connect Core §3.1, RFC 7636), by the framework's handler; it ends in a session of ours.</summary>
internal static partial class OpenIdSignIn
{
    public const string Scheme = "Ptt.OpenId";

    public static void AddOpenId(this IServiceCollection services, OpenIdOptions options)
    {
        if (!options.IsOn)
        {
            return;
        }

        services.AddAuthentication().AddOpenIdConnect(Scheme, o =>
        {
            o.Authority = options.Authority;
            o.RequireHttpsMetadata = options.Authority.StartsWith("https:", StringComparison.Ordinal);   // otherwise loopback, says the validator
            o.ClientId = options.ClientId;
            o.ClientSecret = options.ClientSecret.Length > 0 ? options.ClientSecret : null;
            o.ResponseType = "code";
            o.ResponseMode = "query";
            o.UsePkce = true;
            o.Scope.Clear();
            o.Scope.Add("openid");
            o.Scope.Add("email");
            o.Scope.Add("profile");
            o.GetClaimsFromUserInfoEndpoint = true;
            o.MapInboundClaims = false;
            o.SaveTokens = false;
            o.CallbackPath = "/sign-in/openid/callback";
            o.SignInScheme = AccessSchemes.Session;
            foreach (CookieBuilder cookie in new[] { o.NonceCookie, o.CorrelationCookie })
            {
                cookie.SameSite = SameSiteMode.Lax;   // the answer comes by a GET
                cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            }

            o.Events.OnTicketReceived = context => TakeAsync(context, options);
            o.Events.OnRemoteFailure = context =>
            {
                ProviderFailed(Log(context.HttpContext), context.Failure);
                return RefuseAsync(context.HttpContext, context.HandleResponse);
            };
        });
    }

    public static void MapOpenId(this WebApplication app, OpenIdOptions options)
    {
        if (options.IsOn)
        {
            app.MapGet("/sign-in/openid", (string? @return) =>
                TypedResults.Challenge(new AuthenticationProperties { RedirectUri = FormVerbs.Local(@return) }, [Scheme])).AllowAnonymous().ExcludeFromDescription();
        }
    }

    private static async Task TakeAsync(TicketReceivedContext context, OpenIdOptions options)
    {
        HttpContext http = context.HttpContext;
        string? address = context.Principal?.FindFirst(options.AddressClaim)?.Value;
        bool verified = options.AddressClaim != "email" || context.Principal?.FindFirst("email_verified")?.Value is "true" or "True";
        if (verified && Mailbox.TryParse(address, out Mailbox? mailbox) && http.RequestServices.GetRequiredService<IPeople>().RolesOf(mailbox) is not null)
        {
            await http.RequestServices.GetRequiredService<SessionCookie>().SignInAsync(http, mailbox.ToString(), "openid");
            http.Response.Redirect(FormVerbs.Local(context.ReturnUri));
            context.HandleResponse();
            return;
        }

        NobodyOfOurs(Log(http), Visible.Text(address, 100), verified);
        await RefuseAsync(http, context.HandleResponse);
    }

    private static Task RefuseAsync(HttpContext http, Action handled)
    {
        http.RequestServices.GetRequiredService<Flash>().Bad(
            http.RequestServices.GetRequiredService<ITexts>()["The provider did not say that you are an enabled user here."]);
        http.Response.Redirect("/sign-in");
        handled();
        return Task.CompletedTask;
    }

    private static ILogger Log(HttpContext http) => http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(OpenIdSignIn).FullName!);

    [LoggerMessage(9011, LogLevel.Warning, "OpenID Connect: {Address} (verified: {Verified}) is no enabled user of ours")]
    private static partial void NobodyOfOurs(ILogger logger, string address, bool verified);

    [LoggerMessage(9012, LogLevel.Warning, "OpenID Connect: the provider's answer is not good")]
    private static partial void ProviderFailed(ILogger logger, Exception? fault);
}
