using Microsoft.AspNetCore.Antiforgery;

namespace Ptt.Web.Ui;

/// <summary>What the buttons of the pages do: a POST with an antiforgery token that ends in a redirect with a word about what came of it.</summary>
public static class FormVerbs
{
    /// <summary>What a handler answers that goes back to where the button was.</summary>
    public const string Back = "";

    /// <summary>The handler's string is a local address to go to, or <see cref="Back"/>; without a scope anybody who is signed in may.</summary>
    public static RouteHandlerBuilder AsVerb(this RouteHandlerBuilder route, string scope = "")
    {
        route.AddEndpointFilter(Guard).DisableAntiforgery().ExcludeFromDescription();
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
            Back => TypedResults.LocalRedirect(Origin(http)),
            string address => TypedResults.LocalRedirect(Local(address)),
            _ => result,
        };
    }

    private static string Origin(HttpContext http) =>
        Uri.TryCreate(http.Request.Headers.Referer.ToString(), UriKind.Absolute, out Uri? from) && from.Authority == http.Request.Host.Value
            ? Local(from.PathAndQuery)
            : "/";
}
