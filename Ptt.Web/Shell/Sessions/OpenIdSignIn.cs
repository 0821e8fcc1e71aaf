using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
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
            // Most providers put these into the userinfo answer alone (Core §5.4), of which the framework takes only what it is told.
            o.GetClaimsFromUserInfoEndpoint = true;
            o.ClaimActions.MapUniqueJsonKey("email_verified", "email_verified");
            o.ClaimActions.MapUniqueJsonKey(options.AddressClaim, options.AddressClaim);
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
                return RefuseAsync(context.HttpContext, WordsFor(context, Texts(context.HttpContext)), context.HandleResponse);
            };
        });
    }

    public static void MapOpenId(this WebApplication app, OpenIdOptions options)
    {
        if (options.IsOn)
        {
            app.MapGet("/sign-in/openid", BeginAsync).AllowAnonymous().ExcludeFromDescription();
        }
    }

    private static async Task BeginAsync(HttpContext http, string? @return)
    {
        try
        {
            await http.ChallengeAsync(Scheme, new AuthenticationProperties { RedirectUri = FormVerbs.Local(@return) });
        }
        catch (Exception fault) when (fault is InvalidOperationException or HttpRequestException or IOException or OpenIdConnectProtocolException && !http.Response.HasStarted)
        {
            // Its discovery document or its keys cannot be had: the framework throws where the challenge begins.
            ProviderFailed(Log(http), fault);
            await RefuseAsync(http, Texts(http)["The provider does not answer. Try again in a moment, or sign in with your password."], () => { });
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
        await RefuseAsync(http, verified ? Texts(http)["The provider did not say that you are an enabled user here."] : Texts(http)["The provider does not call your address verified."], context.HandleResponse);
    }

    // What the provider says stays in the log: it comes with an address that anybody can make.
    private static string WordsFor(RemoteFailureContext context, ITexts texts) => context.Failure switch
    {
        _ when context.Request.Query["error"] == "access_denied" => texts["The sign-in was broken off at the provider."],
        // The state or the nonce, or the cookie that holds it.
        OpenIdConnectProtocolInvalidNonceException or AuthenticationFailureException { InnerException: null } or { InnerException: OpenIdConnectProtocolInvalidNonceException } =>
            texts["The provider's answer does not belong to a sign-in that this browser began. Try again."],
        _ => texts["The provider's answer is not good. Try again, or sign in with your password."],
    };

    private static Task RefuseAsync(HttpContext http, string words, Action handled)
    {
        http.RequestServices.GetRequiredService<Flash>().Bad(words);
        http.Response.Redirect("/sign-in");
        handled();
        return Task.CompletedTask;
    }

    private static ITexts Texts(HttpContext http) => http.RequestServices.GetRequiredService<ITexts>();

    private static ILogger Log(HttpContext http) => http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(OpenIdSignIn).FullName!);

    [LoggerMessage(9011, LogLevel.Warning, "OpenID Connect: {Address} (verified: {Verified}) is no enabled user of ours")]
    private static partial void NobodyOfOurs(ILogger logger, string address, bool verified);

    [LoggerMessage(9012, LogLevel.Warning, "OpenID Connect: the provider's answer is not good")]
    private static partial void ProviderFailed(ILogger logger, Exception? fault);
}
