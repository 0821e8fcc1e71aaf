using System.Security.Claims;
using Ptt.Web.Http;

namespace Ptt.Web.Access;

/// <summary>
/// A browser sends the session's cookie along with what a foreign page asks for. So a change through the API counts only with a
/// bearer token, or where the browser says that our own page asked.
/// </summary>
internal static class SameOrigin
{
    public static async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        HttpRequest request = http.Request;
        bool safe = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        bool bySession = http.User.Identities.Any(i => i is { IsAuthenticated: true, AuthenticationType: not AccessSchemes.Token });
        if (safe || !bySession || IsOwn(request))
        {
            await next(http);
            return;
        }

        await Problems.Forbidden("A change from another origin needs a bearer token.").ExecuteAsync(http);
    }

    private static bool IsOwn(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site
            ? site == "same-origin"
            : Uri.TryCreate(request.Headers.Origin.ToString(), UriKind.Absolute, out Uri? origin) && origin.Authority == request.Host.Value;
}
