using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Ptt.Web.Access;

/// <summary><c>Authorization: Bearer</c> (RFC 6750 §2.1) with a token of ours.</summary>
internal sealed class TokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, TokenStore tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    private const string Prefix = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string given = Request.Headers.Authorization.ToString();
        if (!given.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return AuthenticateResult.NoResult();
        }

        if (await tokens.VerifyAsync(given[Prefix.Length..].Trim()) is not { } token)
        {
            return AuthenticateResult.Fail("unknown, revoked or expired");
        }

        var identity = new ClaimsIdentity(Scheme.Name, ClaimTypes.Name, AccessSchemes.RoleClaim);
        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, "token:" + token.Id));
        identity.AddClaim(new Claim(ClaimTypes.Name, $"token {token.Name}"));
        identity.AddClaims(token.Scopes.Select(s => new Claim(AccessSchemes.ScopeClaim, s)));
        identity.AddClaims(token.Domains.Select(d => new Claim(AccessSchemes.DomainClaim, d.ToString())));
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        bool tried = Request.Headers.Authorization.Count > 0;
        Response.Headers.WWWAuthenticate = tried ? "Bearer realm=\"Ptt\", error=\"invalid_token\"" : "Bearer realm=\"Ptt\"";   // RFC 6750 §3
        return Task.CompletedTask;
    }
}
