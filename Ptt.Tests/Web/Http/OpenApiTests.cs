using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ptt.Tests.Browser;
using Ptt.Tests.Support;
using Xunit.Abstractions;

namespace Ptt.Tests.Web.Http;

/// <summary>The whole program's API as its description has it: valid for others' eyes, and true.</summary>
public sealed class OpenApiTests(ITestOutputHelper output)
{
    private const string Token = "initial-token-of-the-tests";

    // A stream without an end, and what another helper's stop would end for all.
    private static readonly string[] Endless = ["/api/v1/sessions/trace"];

    [Fact]
    public async Task The_description_is_valid_has_examples_and_the_server_answers_as_it_says()
    {
        using var directory = new TemporaryDirectory();
        await using var app = new PttApp(("Ptt:Admin:ApiToken", Token), ("Ptt:Http:RequestsPerMinute", "0"), ("Ptt:Users:Iterations", "4096"));
        app.StartServer();
        using var client = new HttpClient { BaseAddress = new Uri(app.Address) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        string text = await client.GetStringAsync("/openapi/v1.json");
        await File.WriteAllTextAsync(directory.File("openapi.json"), text);
        var answers = new JsonArray();
        List<string> broken = [];
        JsonObject document = JsonNode.Parse(text)!.AsObject();
        foreach ((string path, JsonNode? item) in document["paths"]!.AsObject().Where(p => !Endless.Contains(p.Key)))
        {
            foreach ((string method, JsonNode? operation) in item!.AsObject().Where(o => o.Value is JsonObject).OrderBy(o => o.Key == "delete"))
            {
                await AnswerAsync(client, path, method, operation!.AsObject(), answers, broken);
            }
        }

        await File.WriteAllTextAsync(directory.File("answers.json"), answers.ToJsonString());
        (string[] faults, string word) = await NodePackages.RunAsync("openapi.mjs", directory.File("openapi.json"), directory.File("answers.json"));
        output.WriteLine($"{word.Trim()}, {answers.Count} answers");
        Assert.True(broken.Count == 0, string.Join("\n", broken));
        Assert.True(faults.Length == 0, string.Join("\n", faults.Take(40)));
        Assert.True(answers.Count > 40, word);
    }

    // The document's own examples are sent; whatever the server says to them must have the form that the document promises.
    private static async Task AnswerAsync(HttpClient client, string path, string method, JsonObject operation, JsonArray answers, List<string> broken)
    {
        Dictionary<string, string> parameters = (operation["parameters"]?.AsArray() ?? []).Where(p => (string)p!["in"]! == "path")
            .ToDictionary(p => (string)p!["name"]!, p => p!["example"]!.ToString());
        string where = Regex.Replace(path, @"\{([^}]+)\}", m => Uri.EscapeDataString(parameters[m.Groups[1].Value] is "ada@example.org" ? "ada@example.test" : parameters[m.Groups[1].Value] is "example.org" ? "example.test" : parameters[m.Groups[1].Value]));
        using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), where);
        request.Headers.TryAddWithoutValidation("If-Match", method is "put" or "patch" ? "*" : null);
        if (operation["requestBody"]?["content"]?.AsObject().First() is { Value: { } media } body)
        {
            request.Content = new StringContent(media["example"]!.ToJsonString().Replace("example.org", "example.test"), Encoding.UTF8, body.Key);
        }

        using HttpResponseMessage response = await client.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        string status = ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        string? type = response.Content.Headers.ContentType?.MediaType;
        if (status[0] == '5')
        {
            broken.Add($"{method} {where}: {status} {text}");
        }
        else if (status[0] == '2' && operation["responses"]![status] is null)
        {
            broken.Add($"{method} {where}: {status} is not described");
        }
        else if (status[0] == '2' && text.Length > 0 && operation["responses"]![status]!["content"]?[type ?? ""] is null)
        {
            broken.Add($"{method} {where}: {status} {type} is not described");
        }
        else if (text.Length > 0 && type?.EndsWith("json", StringComparison.Ordinal) == true && (status[0] == '2' || type == "application/problem+json"))
        {
            string[] pointer = status[0] == '2' ? ["paths", path, method, "responses", status, "content", type, "schema"] : ["components", "schemas", "Problem"];
            answers.Add((JsonNode)new JsonObject { ["pointer"] = new JsonArray([.. pointer.Select(p => (JsonNode)p)]), ["body"] = JsonNode.Parse(text) });
        }
    }
}
