using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;

namespace Ptt.Web.Access.Factors;

/// <summary>
/// WebAuthn, by the framework's own handler: what the browser is asked, and whether its answer is good. The challenge waits in a sealed
/// cookie for five minutes, so that an answer counts only in the browser that was asked.
/// </summary>
internal sealed class Passkeys(IPasskeyHandler<PasskeyPerson> handler, PasskeyPeople people, FactorStore store, SecondFactors factors, IDataProtectionProvider protection, TimeProvider time)
{
    private const string Cookie = "ptt-passkey";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly ITimeLimitedDataProtector _seal = protection.CreateProtector("Ptt.Access.Passkey").ToTimeLimitedDataProtector();

    /// <summary>What <c>navigator.credentials.create</c> takes, as JSON.</summary>
    public async Task<string> AskToCreateAsync(HttpContext http, string person)
    {
        PasskeyPerson who = new(person);
        PasskeyCreationOptionsResult asked = await handler.MakeCreationOptionsAsync(new PasskeyUserEntity { Id = who.Handle, Name = person, DisplayName = person }, http);
        Keep(http, asked.AttestationState);
        return asked.CreationOptionsJson;
    }

    /// <summary>False when the browser's answer is not good.</summary>
    public async Task<bool> AddAsync(HttpContext http, string person, string credential, string name)
    {
        PasskeyAttestationResult result = await handler.PerformAttestationAsync(
            new PasskeyAttestationContext { HttpContext = http, CredentialJson = credential, AttestationState = Take(http) });
        if (!result.Succeeded || result.UserEntity?.Id != new PasskeyPerson(person).Handle)
        {
            return false;
        }

        await factors.AddPasskeyAsync(person, StoredPasskey.Of(result.Passkey).Write(), name);
        return true;
    }

    /// <summary>What <c>navigator.credentials.get</c> takes, as JSON; <paramref name="person"/> null asks for anyone's.</summary>
    public async Task<string> AskAsync(HttpContext http, string? person)
    {
        PasskeyRequestOptionsResult asked = await handler.MakeRequestOptionsAsync(person is null ? null : new PasskeyPerson(person), http);
        Keep(http, asked.AssertionState);
        return asked.RequestOptionsJson;
    }

    /// <summary>Who has proved to be there; null when nobody.</summary>
    public async Task<string?> VerifyAsync(HttpContext http, string credential)
    {
        PasskeyAssertionResult<PasskeyPerson> result = await handler.PerformAssertionAsync(
            new PasskeyAssertionContext { HttpContext = http, CredentialJson = credential, AssertionState = Take(http) });
        if (!result.Succeeded || people.Find(result.User.Address, result.Passkey.CredentialId) is not { } row)
        {
            return null;
        }

        // The counter grows with each use (WebAuthn §6.1.1); whoever loses a race for the row signed in a moment ago with the same key.
        store.Replace(row, row with { Data = StoredPasskey.Of(result.Passkey).Write(), LastUsed = time.GetUtcNow().ToUnixTimeMilliseconds() });
        return result.User.Address;
    }

    private void Keep(HttpContext http, string? state) =>
        http.Response.Cookies.Append(Cookie, _seal.Protect(state ?? "", Patience), Options(http));

    private string? Take(HttpContext http)
    {
        http.Response.Cookies.Delete(Cookie, Options(http));
        try
        {
            return http.Request.Cookies[Cookie] is { Length: > 0 } cookie ? _seal.Unprotect(cookie) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static CookieOptions Options(HttpContext http) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = http.Request.IsHttps, IsEssential = true, MaxAge = Patience };
}
