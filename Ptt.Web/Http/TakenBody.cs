using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Ptt.Web.Http;

/// <summary>Says in the description of the API what an operation reads from its body, without having the router refuse other content types.</summary>
internal sealed record TakenBody(Type Type, string MediaType)
{
    public static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<TakenBody>().LastOrDefault() is not { } taken)
        {
            return;
        }

        OpenApiSchema schema = await context.GetOrCreateSchemaAsync(taken.Type, cancellationToken: cancellationToken);
        context.Document!.AddComponent(taken.Type.Name, schema);
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType> { [taken.MediaType] = new() { Schema = new OpenApiSchemaReference(taken.Type.Name, context.Document) } },
        };
    }
}
