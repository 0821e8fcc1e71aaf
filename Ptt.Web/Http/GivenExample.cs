using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Ptt.Web.Http;

/// <summary>What an operation gives, as an example in the description of the API: for bodies without a schema that <see cref="ApiExamples"/> could read.</summary>
internal sealed record GivenExample(Func<JsonNode> Body)
{
    public static Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<GivenExample>().LastOrDefault() is { } given
            && operation.Responses?.GetValueOrDefault("200")?.Content?.Values.FirstOrDefault() is { } media)
        {
            media.Example = given.Body();
        }

        return Task.CompletedTask;
    }
}
