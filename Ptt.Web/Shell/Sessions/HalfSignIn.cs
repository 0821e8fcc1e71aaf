using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Ptt.Web.Shell.Sessions;

/// <summary>Who has shown a password and not yet a second factor: a sealed cookie for ten minutes, which opens nothing.</summary>
internal sealed class HalfSignIn(IDataProtectionProvider protection)
{
    private const string Cookie = "ptt-half";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly ITimeLimitedDataProtector _seal = protection.CreateProtector("Ptt.Sessions.Half").ToTimeLimitedDataProtector();

    public void Begin(HttpContext http, string person) => http.Response.Cookies.Append(Cookie, _seal.Protect(person, Patience), Options(http));

    /// <summary>Null when nobody is on the way in.</summary>
    public string? Person(HttpContext http)
    {
        try
        {
            return http.Request.Cookies[Cookie] is { Length: > 0 } cookie ? _seal.Unprotect(cookie) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public void End(HttpContext http) => http.Response.Cookies.Delete(Cookie, Options(http));

    private static CookieOptions Options(HttpContext http) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = http.Request.IsHttps, IsEssential = true, MaxAge = Patience };
}
