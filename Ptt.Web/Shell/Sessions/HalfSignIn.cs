using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Ptt.Mail;
using Ptt.Web.Access;

namespace Ptt.Web.Shell.Sessions;

/// <summary>Who has shown a password and not yet a second factor: a sealed cookie for ten minutes, which opens nothing.</summary>
internal sealed class HalfSignIn(IDataProtectionProvider protection, IPeople people)
{
    private const string Cookie = "ptt-half";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly ITimeLimitedDataProtector _seal = protection.CreateProtector("Ptt.Sessions.Half").ToTimeLimitedDataProtector();

    public void Begin(HttpContext http, string person) => http.Response.Cookies.Append(Cookie, _seal.Protect($"{person}\n{CredentialOf(person)}", Patience), Options(http));

    /// <summary>Null when nobody is on the way in, or the password that was shown is none any more.</summary>
    public string? Person(HttpContext http)
    {
        try
        {
            return http.Request.Cookies[Cookie] is { Length: > 0 } cookie && _seal.Unprotect(cookie).Split('\n') is [{ } person, { } credential]
                && Mailbox.TryParse(person, out Mailbox? address) && people.IsCredentialOf(address, credential) ? person : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public void End(HttpContext http) => http.Response.Cookies.Delete(Cookie, Options(http));

    private string? CredentialOf(string person) => Mailbox.TryParse(person, out Mailbox? address) ? people.CredentialOf(address) : null;

    private static CookieOptions Options(HttpContext http) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = http.Request.IsHttps, IsEssential = true, MaxAge = Patience };
}
