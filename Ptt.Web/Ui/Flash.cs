using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Ptt.Web.Ui;

/// <summary>One word to the person, shown once on the next page. Travels in a sealed cookie, so that nobody else can put words there.</summary>
public sealed class Flash(IHttpContextAccessor accessor, IDataProtectionProvider protection)
{
    private const string Cookie = "ptt-flash";
    private readonly IDataProtector _protector = protection.CreateProtector("Ptt.Flash");

    public void Good(string text) => Say("good", text);

    public void Bad(string text) => Say("bad", text);

    public void Say(string kind, string text)
    {
        if (accessor.HttpContext is { Response.HasStarted: false } http)
        {
            string sealedText = _protector.Protect(JsonSerializer.Serialize(new[] { kind, text.Length > 600 ? text[..600] : text }));
            http.Response.Cookies.Append(Cookie, sealedText, Options(http));
        }
    }

    /// <summary>What was said before this request; asking takes it away.</summary>
    public (string Kind, string Text)? Take()
    {
        if (accessor.HttpContext is not { } http || http.Request.Cookies[Cookie] is not { Length: > 0 } cookie)
        {
            return null;
        }

        if (!http.Response.HasStarted)
        {
            http.Response.Cookies.Delete(Cookie, Options(http));
        }

        try
        {
            return JsonSerializer.Deserialize<string[]>(_protector.Unprotect(cookie)) is [{ } kind, { } text] ? (kind, text) : null;
        }
        catch (Exception fault) when (fault is System.Security.Cryptography.CryptographicException or JsonException or FormatException)
        {
            return null;
        }
    }

    private static CookieOptions Options(HttpContext http) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, IsEssential = true, MaxAge = TimeSpan.FromMinutes(1) };
}
