using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Ptt.Web.Http;

/// <summary>
/// Gives every body and parameter in the document an example, made from its schema and from what its members are called: no
/// operation is without one, and none can fall behind.
/// </summary>
internal static class ApiExamples
{
    private const int MaxDepth = 8;

    /// <summary>By the name of a member or parameter.</summary>
    private static readonly Dictionary<string, string> Texts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["address"] = "ada@example.org", ["userName"] = "ada@example.org", ["login"] = "ada@example.org", ["sendAs"] = "*@lists.example.org", ["targets"] = "ada@example.net",
        ["postmaster"] = "ada@example.org", ["sender"] = "ada@example.org", ["mailFrom"] = "ada@example.org", ["reversePath"] = "ada@example.org", ["recipient"] = "bob@example.com",
        ["recipients"] = "bob@example.com", ["rcptTo"] = "bob@example.com", ["from"] = "ada@example.org", ["to"] = "bob@example.com", ["actor"] = "ada@example.org",
        ["domain"] = "example.org", ["domains"] = "example.org", ["aliasOf"] = "example.org", ["zone"] = "example.org", ["destination"] = "example.com", ["host"] = "mx.example.com",
        ["displayName"] = "Ada Lovelace", ["formatted"] = "Ada Lovelace", ["familyName"] = "Lovelace", ["givenName"] = "Ada", ["title"] = "Countess", ["department"] = "Engines",
        ["password"] = "a long enough password", ["name"] = "phone", ["roles"] = "support", ["scopes"] = "users:read", ["networks"] = "192.0.2.0/24", ["role"] = "support",
        ["verifier"] = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
        ["selector"] = "ptt20261122r", ["algorithm"] = "rsa-sha256", ["commit"] = "6dcd4ce23d88e2ee9568ba546c007c63d9131c1b", ["head"] = "6dcd4ce23d88e2ee9568ba546c007c63d9131c1b",
        ["version"] = "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f", ["id"] = "019371f0c1d27b6e8f1a2b3c4d5e6f70", ["job"] = "019371f0c1d27b6e8f1a2b3c4d5e6f70", ["message"] = "Disable user ada@example.org",
        ["url"] = "https://hooks.example.org/ptt", ["cursor"] = "WyIiLCJhZGFAZXhhbXBsZS5vcmciXQ", ["next"] = "WyIiLCJhZGFAZXhhbXBsZS5vcmciXQ", ["sort"] = "-changed", ["search"] = "ada",
        ["filter"] = "userName eq \"ada@example.org\"", ["sortBy"] = "displayName", ["sortOrder"] = "ascending", ["attributes"] = "userName", ["excludedAttributes"] = "emails", ["op"] = "replace",
        ["path"] = "displayName", ["externalId"] = "701984", ["resourceType"] = "User", ["location"] = "/scim/v2/Users/ada%40example.org", ["scimType"] = "uniqueness", ["status"] = "409",
        ["schemas"] = "urn:ietf:params:scim:schemas:core:2.0:User", ["type"] = "work", ["detail"] = "It exists already.", ["reason"] = "asked by the owner", ["locale"] = "en-GB",
        ["timezone"] = "Europe/Paris", ["preferredLanguage"] = "en", ["subject"] = "ada@example.org", ["text"] = "ptt-app-1f3a-9c2b-77de-50ab", ["diff"] = "-  \"enabled\": true,\n+  \"enabled\": false,",
        ["startIndex"] = "1", ["count"] = "100",
    };

    public static Task AddAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (OpenApiOperation operation in document.Paths.Values.SelectMany(p => p.Operations?.Values.AsEnumerable() ?? []))
        {
            IEnumerable<IDictionary<string, OpenApiMediaType>?> bodies =
                [operation.RequestBody?.Content, .. (operation.Responses ?? []).Values.OfType<OpenApiResponse>().Select(r => r.Content)];
            foreach ((string type, OpenApiMediaType media) in bodies.OfType<IDictionary<string, OpenApiMediaType>>().SelectMany(b => b))
            {
                media.Example ??= type.EndsWith("json", StringComparison.Ordinal) ? Of(media.Schema, "", 0) : null;
            }

            foreach (OpenApiParameter parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>())
            {
                parameter.Example ??= Of(parameter.Schema, parameter.Name ?? "", 0);
            }
        }

        return Task.CompletedTask;
    }

    private static JsonNode? Of(IOpenApiSchema? schema, string name, int depth)
    {
        if (schema is null || depth > MaxDepth)
        {
            return null;
        }

        if (schema.Enum is { Count: > 0 } values)
        {
            return values.FirstOrDefault(v => v is not null)?.DeepClone();
        }

        if ((schema.OneOf ?? schema.AnyOf) is { Count: > 0 } choices)
        {
            return Of(choices.FirstOrDefault(c => c.Type != JsonSchemaType.Null), name, depth);
        }

        return (schema.Type & ~JsonSchemaType.Null) switch
        {
            JsonSchemaType.Object => Members(schema, depth),
            JsonSchemaType.Array => Of(schema.Items, name, depth + 1) is { } item ? new JsonArray(item) : new JsonArray(),
            JsonSchemaType.Boolean => true,
            JsonSchemaType.Integer or JsonSchemaType.Number => Number(schema),
            JsonSchemaType.String => Text(schema, name),
            _ => "Augusta Ada",   // anything
        };
    }

    private static JsonObject Members(IOpenApiSchema schema, int depth)
    {
        var example = new JsonObject();
        foreach ((string name, IOpenApiSchema member) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
        {
            bool required = schema.Required?.Contains(name) == true;
            if (Of(member, name, depth + 1) is { } value && (required || !IsEmpty(value)))
            {
                example[name] = value;
            }
        }

        return example;
    }

    private static JsonNode Number(IOpenApiSchema schema) =>
        decimal.TryParse(schema.Minimum, System.Globalization.CultureInfo.InvariantCulture, out decimal least) && least > 1 ? JsonValue.Create(least) : 1;

    private static string Text(IOpenApiSchema schema, string name) => schema switch
    {
        { Format: "date-time" } => "2026-11-22T12:00:00Z",
        { Format: "date" } => "2026-11-22",
        { Format: "byte" } => "AAECAwQFBgc=",
        { Format: "uuid" } => "019371f0-c1d2-7b6e-8f1a-2b3c4d5e6f70",
        { Format: "uri" or "uri-reference" } => "https://hooks.example.org/ptt",
        { Pattern: { } pattern } when pattern.Contains(@"\d{2}:\d{2}", StringComparison.Ordinal) => "00:05:00",
        _ => Texts.GetValueOrDefault(name, "example"),
    };

    private static bool IsEmpty(JsonNode value) => value is JsonArray { Count: 0 } or JsonObject { Count: 0 };
}
