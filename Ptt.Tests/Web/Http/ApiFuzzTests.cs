using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Ptt.Tests.Browser;

namespace Ptt.Tests.Web.Http;

/// <summary>Every operation of the whole program that the OpenAPI document names, with input that is nearly right or not at all.</summary>
public sealed class ApiFuzzTests
{
    private const string Token = "initial-token-of-the-tests";
    private const int Seed = 20261122;
    private const int RequestsPerOperation = 40;

    private static readonly string[] Words =
    [
        "ada@example.test", "ADA@EXAMPLE.TEST", "nobody@example.test", "example.test", "a..b", "", " ", "*", "\0", "\"", "%00", "..%2f..", "\ud83d\ude00", "0", "-1", "9223372036854775808",
        "true", "null", "{}", "[]", "1e999", "2026-01-01T00:00:00Z", "userName eq \"x\"", "(((((", "SCRAM-SHA-256$4096:AA==$AA==:AA==", "admin", "users:read", "password", "0000000000000000000000000000000000000000",
    ];

    private static readonly string[] Members =
    [
        "address", "displayName", "enabled", "roles", "password", "verifier", "sendAs", "targets", "limits", "users", "name", "expires", "networks", "scopes", "domains", "domain",
        "aliasOf", "postmaster", "userName", "active", "emails", "Operations", "op", "path", "value", "filter", "scim", "externalId",
    ];

    [Fact]
    public async Task No_input_makes_a_fault_of_ours()
    {
        await using var app = new PttApp(
            ("Ptt:Admin:ApiToken", Token), ("Ptt:Http:RequestsPerMinute", "0"), ("Ptt:Users:Iterations", "4096"), ("Ptt:Users:WebhookSecret", "a secret of sixteen or more"));
        app.StartServer();
        using var client = new HttpClient { BaseAddress = new Uri(app.Address) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        using JsonDocument document = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json"));
        var random = new Random(Seed);
        int operations = 0;
        List<string> faults = [];
        foreach (JsonProperty path in document.RootElement.GetProperty("paths").EnumerateObject().Where(p => p.Name != "/api/v1/sessions/trace"))   // a stream without an end
        {
            foreach (JsonProperty operation in path.Value.EnumerateObject().Where(o => o.Value.ValueKind == JsonValueKind.Object))
            {
                operations++;
                for (int i = 0; i < RequestsPerOperation; i++)
                {
                    using HttpRequestMessage request = Make(random, path.Name, operation, out string shown);
                    using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
                    using HttpResponseMessage response = await client.SendAsync(request, limit.Token);
                    if ((int)response.StatusCode >= 500)
                    {
                        faults.Add($"{(int)response.StatusCode} to {shown}");
                    }
                }
            }
        }

        Assert.True(faults.Count == 0, $"seed {Seed}: {string.Join("\n\n", faults.Take(8))}");
        Assert.InRange(operations, 80, 400);
    }

    private static HttpRequestMessage Make(Random random, string path, JsonProperty operation, out string shown)
    {
        string where = System.Text.RegularExpressions.Regex.Replace(path, "\\{[^}]+\\}", _ => Uri.EscapeDataString(Word(random).Replace("\0", "")) is { Length: > 0 } word ? word : "x");
        List<string> query = [];
        if (operation.Value.TryGetProperty("parameters", out JsonElement parameters))
        {
            query.AddRange(parameters.EnumerateArray().Where(p => p.GetProperty("in").GetString() == "query" && random.Next(3) == 0)
                .Select(p => $"{p.GetProperty("name").GetString()}={Uri.EscapeDataString(Word(random))}"));
        }

        var request = new HttpRequestMessage(new HttpMethod(operation.Name.ToUpperInvariant()), where + (query.Count > 0 ? "?" + string.Join('&', query) : ""));
        string body = operation.Name is "get" or "delete" ? "" : random.Next(10) == 0 ? Word(random) : Json(random, 0);
        if (body.Length > 0)
        {
            string type = random.Next(8) == 0 ? "text/plain" : operation.Name == "patch" && !path.StartsWith("/scim", StringComparison.Ordinal) ? "application/merge-patch+json" : "application/json";
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        }

        foreach (string field in new[] { "If-Match", "If-None-Match", "Idempotency-Key" }.Where(_ => random.Next(3) == 0))
        {
            string word = Word(random);
            request.Headers.TryAddWithoutValidation(field, random.Next(2) == 0 ? "*" : word.All(c => c is >= ' ' and <= '~') ? word : "x");
        }

        shown = $"{request.Method} {request.RequestUri}\n{request.Headers}{body}";
        return request;
    }

    private static string Json(Random random, int depth) => random.Next(depth > 3 ? 2 : 5) switch
    {
        0 => JsonSerializer.Serialize(Word(random)),
        1 => new[] { "true", "false", "null", "0", "-1", "1.5", "1e400", "99999999999999999999" }[random.Next(8)],
        2 => "[" + string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Json(random, depth + 1))) + "]",
        _ => "{" + string.Join(',', Enumerable.Range(0, random.Next(6)).Select(_ => JsonSerializer.Serialize(Members[random.Next(Members.Length)]) + ":" + Json(random, depth + 1))) + "}",
    };

    private static string Word(Random random) => Words[random.Next(Words.Length)];
}
