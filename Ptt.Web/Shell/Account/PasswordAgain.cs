using System.Net;
using Ptt.Smtp.Sasl;

namespace Ptt.Web.Shell.Account;

/// <summary>Who stands before an unlocked screen does not know the password: what guards the account asks for it again, and counts it like any login.</summary>
internal static class PasswordAgain
{
    public static async ValueTask<bool> KnowsAsync(this IAuthenticator authenticator, string person, string? password, HttpContext http) =>
        await authenticator.VerifyPasswordAsync(person, password ?? "", http.Connection.RemoteIpAddress ?? IPAddress.None, http.RequestAborted)
            is AuthVerdict.Accepted { Login.AppPasswordId: null };
}
