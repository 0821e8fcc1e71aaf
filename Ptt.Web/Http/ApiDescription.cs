using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Ptt.Web.Http;

/// <summary>The OpenAPI 3.1 document at <c>/openapi/v1.json</c>, the page of it at <c>/api</c>, and one page for each type of problem.</summary>
internal static class ApiDescription
{
    public const string Document = "v1";

    public static void AddApiDescription(this IServiceCollection services) => services.AddOpenApi(Document, o =>
    {
        o.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        o.ShouldInclude = d => d.RelativePath is { } path && (path.StartsWith("api/v1", StringComparison.Ordinal) || path.StartsWith("scim/", StringComparison.Ordinal));
        o.AddDocumentTransformer(DescribeDocumentAsync);
        o.AddOperationTransformer(DescribeOperationAsync);
        o.AddOperationTransformer(TakenBody.DescribeAsync);
        o.AddOperationTransformer(GivenExample.DescribeAsync);
        o.AddSchemaTransformer(WithoutNull);
        o.AddDocumentTransformer(ApiExamples.AddAsync);
    });

    public static void MapApiDescription(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        app.MapGet("/api", ApiPage.RenderAsync).ExcludeFromDescription().AllowAnonymous();
        app.MapGet("/problems/{name}", ApiPage.RenderProblem).ExcludeFromDescription().AllowAnonymous();
    }

    private static Task DescribeDocumentAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Ptt",
            Version = Document,
            Description = "Users, domains, keys, queue and trace of a Ptt server. Errors are problem details (RFC 9457) with a stable type; lists are read by cursor; "
                + "what can be changed carries an ETag and is changed under If-Match; a POST with an Idempotency-Key may be sent again.",
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        document.Servers = [new OpenApiServer { Url = "/", Description = "This server" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["bearer"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API token: ptt_ID_SECRET." },
        };
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        document.Components.Schemas["Problem"] = ProblemSchema();
        document.Components.Responses ??= new Dictionary<string, IOpenApiResponse>();
        document.Components.Responses["Problem"] = new OpenApiResponse
        {
            Description = "Refused, as problem details (RFC 9457).",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/problem+json"] = new OpenApiMediaType { Schema = new OpenApiSchemaReference("Problem", document) },
            },
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer", document)] = [] }];
        return Task.CompletedTask;
    }

    // An enum that is nullable somewhere lists null among its words everywhere, and then "null or one of these" has two ways to be null.
    private static Task WithoutNull(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (schema.Enum is { Count: > 0 } words)
        {
            schema.Enum = [.. words.Where(w => w is not null && !JsonNullSentinel.IsJsonNullSentinel(w))];
        }

        return Task.CompletedTask;
    }

    private static Task DescribeOperationAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        IList<object> metadata = context.Description.ActionDescriptor.EndpointMetadata;
        string[] scopes = [.. metadata.OfType<IAuthorizeData>().Select(a => a.Policy).OfType<string>().Distinct()];
        if (metadata.OfType<IAllowAnonymous>().Any())
        {
            operation.Security = [];
        }
        else if (scopes.Length > 0)
        {
            operation.Description = $"{operation.Description}\n\nNeeds the scope {string.Join(" and ", scopes.Select(s => $"`{s}`"))}.".Trim();
        }

        operation.OperationId ??= NameOf(context.Description.HttpMethod, context.Description.RelativePath);
        operation.Summary ??= operation.OperationId;
        operation.Responses ??= [];
        operation.Responses["4XX"] = new OpenApiResponseReference("Problem", context.Document);
        operation.Responses["5XX"] = new OpenApiResponseReference("Problem", context.Document);
        return Task.CompletedTask;
    }

    /// <summary><c>GET api/v1/users/{address}</c> becomes <c>getUsersByAddress</c>.</summary>
    private static string NameOf(string? method, string? path)
    {
        IEnumerable<string> words = (path ?? "").Split('/').SelectMany(part => part.StartsWith('{') ? ["by", part.Trim('{', '}')] : part.Split('-', '.', '_', ':'))
            .Where(w => w is not ("api" or "v1" or ""));
        return (method ?? "get").ToLowerInvariant() + string.Concat(words.Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
    }

    private static OpenApiSchema ProblemSchema() => new()
    {
        Type = JsonSchemaType.Object,
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uri-reference", Description = "Stable; /problems/NAME explains it." },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Items = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Properties = new Dictionary<string, IOpenApiSchema>
                    {
                        ["pointer"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "JSON Pointer (RFC 6901) as a URI fragment." },
                        ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String },
                    },
                },
            },
        },
    };
}
