namespace Ptt.Web.Http;

/// <summary>Where programs call rather than people: refusals are problem details there, never a page or a redirect.</summary>
public static class ApiPaths
{
    public static bool IsApi(PathString path) =>
        path.StartsWithSegments("/api/v1") || path.StartsWithSegments("/scim") || path.StartsWithSegments("/openapi") || path.StartsWithSegments("/metrics");

    /// <summary>A group under <c>/api/v1</c> whose tag is the first word of <paramref name="prefix"/>.</summary>
    public static RouteGroupBuilder MapApi(this IEndpointRouteBuilder app, string prefix) =>
        app.MapGroup("/api/v1" + prefix).WithTags(prefix.Split('/', StringSplitOptions.RemoveEmptyEntries)[0]);
}
