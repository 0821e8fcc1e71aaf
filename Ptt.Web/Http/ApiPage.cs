using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Ptt.Web.Http;

/// <summary>The OpenAPI document as a page that needs no script: every operation, its parameters, what it takes and what it gives.</summary>
internal static class ApiPage
{
    public static async Task<ContentHttpResult> RenderAsync(
        [FromKeyedServices(ApiDescription.Document)] IOpenApiDocumentProvider provider, CancellationToken cancellationToken)
    {
        OpenApiDocument document = await provider.GetOpenApiDocumentAsync(cancellationToken);
        var page = new StringBuilder();
        page.Append("<h1>API</h1><p>").Append(E(document.Info.Description)).Append("</p><p><a href=\"/openapi/v1.json\">OpenAPI 3.1 document</a></p>");
        var operations =
            from path in document.Paths
            from operation in path.Value.Operations ?? []
            let tag = operation.Value.Tags?.FirstOrDefault()?.Name ?? ""
            orderby tag, path.Key
            group (Path: path.Key, Item: path.Value, Method: operation.Key.Method, Operation: operation.Value) by tag;
        foreach (var group in operations)
        {
            page.Append("<h2 id=\"").Append(E(group.Key)).Append("\">").Append(E(group.Key)).Append("</h2>");
            foreach ((string path, IOpenApiPathItem item, string method, OpenApiOperation operation) in group)
            {
                await WriteAsync(page, path, item, method, operation, cancellationToken);
            }
        }

        page.Append("<h2 id=\"problems\">Problems</h2><dl>");
        foreach (ProblemType type in ProblemType.All)
        {
            page.Append("<dt><a href=\"").Append(type.Uri).Append("\"><code>").Append(type.Uri).Append("</code></a> ").Append(type.Status)
                .Append("</dt><dd>").Append(E(type.Title)).Append(". ").Append(E(type.Explanation)).Append("</dd>");
        }

        return Html("API", page.Append("</dl>").ToString());
    }

    public static Results<ContentHttpResult, NotFound> RenderProblem(string name) =>
        ProblemType.All.FirstOrDefault(t => t.Name == name) is { } type
            ? Html(type.Title, $"<h1>{E(type.Title)}</h1><p>{E(type.Explanation)}</p><p>Status {type.Status}, type <code>{type.Uri}</code>. <a href=\"/api\">API</a></p>")
            : TypedResults.NotFound();

    private static async Task WriteAsync(
        StringBuilder page, string path, IOpenApiPathItem item, string method, OpenApiOperation operation, CancellationToken cancellationToken)
    {
        page.Append("<details><summary><code>").Append(E(method)).Append(' ').Append(E(path)).Append("</code> ").Append(E(operation.Summary)).Append("</summary>");
        foreach (string paragraph in (operation.Description ?? "").Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            page.Append("<p>").Append(E(paragraph)).Append("</p>");
        }

        IOpenApiParameter[] parameters = [.. item.Parameters ?? [], .. operation.Parameters ?? []];
        if (parameters.Length > 0)
        {
            page.Append("<table><thead><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr></thead><tbody>");
            foreach (IOpenApiParameter parameter in parameters)
            {
                page.Append("<tr><td><code>").Append(E(parameter.Name)).Append("</code></td><td>").Append(parameter.In?.ToString().ToLowerInvariant())
                    .Append("</td><td>").Append(E(parameter.Description)).Append("</td></tr>");
            }

            page.Append("</tbody></table>");
        }

        foreach ((string type, OpenApiMediaType media) in operation.RequestBody?.Content ?? new Dictionary<string, OpenApiMediaType>())
        {
            page.Append("<p>Takes <code>").Append(E(type)).Append("</code></p>");
            await WriteSchemaAsync(page, media, cancellationToken);
        }

        foreach ((string status, IOpenApiResponse response) in operation.Responses ?? [])
        {
            page.Append("<p>").Append(E(status)).Append(": ").Append(E(response.Description)).Append("</p>");
            if (response is not OpenApiResponseReference && response.Content?.Values.FirstOrDefault() is { } media)
            {
                await WriteSchemaAsync(page, media, cancellationToken);
            }
        }

        page.Append("</details>");
    }

    private static async Task WriteSchemaAsync(StringBuilder page, OpenApiMediaType media, CancellationToken cancellationToken)
    {
        IOpenApiSchema? schema = media.Schema is OpenApiSchemaReference { Target: { } target } ? target : media.Schema;
        if (schema is OpenApiSchema inline)
        {
            string json = await inline.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, cancellationToken);
            page.Append("<pre tabindex=\"0\">").Append(E(json)).Append("</pre>");
        }

        if (media.Example is { } example)
        {
            page.Append("<p>For example</p><pre tabindex=\"0\">").Append(E(example.ToJsonString(new JsonSerializerOptions { WriteIndented = true }))).Append("</pre>");
        }
    }

    private static ContentHttpResult Html(string title, string body) => TypedResults.Content(
        $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{E(title)} - Ptt</title>"
        + $"<link rel=\"stylesheet\" href=\"/app.css\"></head><body><main class=\"api\">{body}</main></body></html>", "text/html; charset=utf-8");

    private static string E(string? text) => HtmlEncoder.Default.Encode(text ?? "");
}
