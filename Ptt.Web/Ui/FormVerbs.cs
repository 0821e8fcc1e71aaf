using Microsoft.AspNetCore.Antiforgery;

namespace Ptt.Web.Ui;

/// <summary>What the buttons of the pages do: a POST with an antiforgery token that ends in a redirect with a word about what came of it.</summary>
public static class FormVerbs
{
    /// <summary>The handler's string is a local address to go to; null goes back where the button was.</summary>
    public static RouteHandlerBuilder MapVerb(this IEndpointRouteBuilder app, string pattern, string scope, Delegate handler)
    {
        RouteHandlerBuilder route = app.MapPost(pattern, handler).AddEndpointFilter(Guard).DisableAntiforgery().ExcludeFromDescription();
        return scope.Length > 0 ? route.RequireAuthorization(scope) : route.RequireAuthorization();
    }

    /// <summary>An address of ours, or else <paramref name="otherwise"/>: no open redirect.</summary>
    public static string Local(string? address, string otherwise = "/") =>
        address is { Length: > 0 } && address[0] == '/' && !address.StartsWith("//", StringComparison.Ordinal)
        && !address.Contains('\\') && !address.Any(char.IsControl) ? address : otherwise;

    // DisableAntiforgery above only turns off the framework's own check, which looks at form parameters alone; this one looks at every verb.
    private static async ValueTask<object?> Guard(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        if (!http.Request.HasFormContentType || !await http.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(http))
        {
            return TypedResults.Problem("The form is too old or did not come from this site. Load the page again.", statusCode: 400, title: "Form refused");
        }

        object? result = await next(context);
        return result switch
        {
            string address => TypedResults.LocalRedirect(Local(address)),
            null => TypedResults.LocalRedirect(Back(http)),
            _ => result,
        };
    }

    private static string Back(HttpContext http) =>
        Uri.TryCreate(http.Request.Headers.Referer.ToString(), UriKind.Absolute, out Uri? from) && from.Authority == http.Request.Host.Value
            ? Local(from.PathAndQuery)
            : "/";
}
