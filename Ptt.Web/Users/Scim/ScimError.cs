using System.Globalization;
using System.Text.Json.Nodes;

namespace Ptt.Web.Users.Scim;

/// <summary>What is answered when something is wrong (RFC 7644 §3.12).</summary>
internal sealed record ScimError(int Status, string? Type, string Detail)
{
    public static ScimError Invalid(string type, string detail) => new(400, type, detail);

    public static readonly ScimError NotFound = new(404, null, "There is no such resource");

    public IResult ToResult()
    {
        var body = new JsonObject { ["schemas"] = new JsonArray("urn:ietf:params:scim:api:messages:2.0:Error"), ["status"] = Status.ToString(CultureInfo.InvariantCulture) };
        if (Type is not null)
        {
            body["scimType"] = Type;
        }

        body["detail"] = Detail;
        return Results.Text(body.ToJsonString(), ScimSchemas.MediaType, null, Status);
    }
}

/// <summary>What the pipeline refuses under /scim (401, 429, 500) is told in SCIM's words too.</summary>
internal sealed class ScimProblemWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => context.HttpContext.Request.Path.StartsWithSegments("/scim");

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        int status = context.ProblemDetails.Status ?? context.HttpContext.Response.StatusCode;
        await new ScimError(status, null, context.ProblemDetails.Detail ?? context.ProblemDetails.Title ?? "refused").ToResult().ExecuteAsync(context.HttpContext);
    }
}
