namespace Ptt.Web.Shell;

/// <summary>What every answer tells the browser to refuse, and which origins may open a circuit.</summary>
internal static class SecurityHeaders
{
    // No inline script or style, nothing from elsewhere, nobody's frame. 'self' covers the circuit's WebSocket.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        IHeaderDictionary headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        if (http.Request.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }

        if (http.Request.Path.StartsWithSegments("/_blazor") && !IsOwnOrigin(http.Request))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }

        return next(http);
    });

    // A WebSocket is not bound by the same-origin policy: the cookie would travel with one that another site opens.
    private static bool IsOwnOrigin(HttpRequest request) =>
        request.Headers.Origin.ToString() is var origin && (origin.Length == 0
            ? !request.HttpContext.WebSockets.IsWebSocketRequest
            : Uri.TryCreate(origin, UriKind.Absolute, out Uri? from) && from.Authority == request.Host.Value && from.Scheme == request.Scheme);
}
