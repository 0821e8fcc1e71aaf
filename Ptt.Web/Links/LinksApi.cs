using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Web.Configuration;
using Ptt.Web.Http;

namespace Ptt.Web.Links;

/// <summary><c>POST /api/v1/links/certificate</c>, on the machine that holds the authority's key: the next certificate for a machine of ours. The request proves itself.</summary>
internal static class LinksApi
{
    public static void Map(WebApplication app) =>
        app.MapApi("/links").MapPost("/certificate", Renew).AllowAnonymous()
            .WithSummary("Renew the certificate of a machine of ours; who asks proves it by the key of the present one");

    private static Results<Ok<LinkRenewalAnswer>, NotFound, ProblemHttpResult> Renew(LinkRenewalRequest request, DataDirectory data, TimeProvider time)
    {
        string authority = Path.Combine(data.Root, "authority");
        if (!File.Exists(Path.Combine(authority, "authority.key")))
        {
            return TypedResults.NotFound();
        }

        return LinkRenewal.Answer(authority, request, time) is { } certificate
            ? TypedResults.Ok(new LinkRenewalAnswer(certificate))
            : TypedResults.Problem("That is not the present certificate of a machine of ours, or it has ended.", statusCode: StatusCodes.Status403Forbidden);
    }
}
