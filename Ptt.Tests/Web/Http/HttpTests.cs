using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Ptt.Tests.Support;
using Ptt.Web.Access;
using Ptt.Web.Http;

namespace Ptt.Tests.Web.Http;

public sealed class HttpTests
{
    private int _made;

    [Fact]
    public async Task The_same_request_under_the_same_key_is_done_once_and_answered_twice_alike()
    {
        await using ApiHost host = await StartAsync();
        HttpResponseMessage first = await PostAsync(host, "k1", "{\"a\":1}");
        HttpResponseMessage again = await PostAsync(host, "k1", "{\"a\":1}");

        Assert.Equal(1, _made);
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Equal(first.Headers.Location, again.Headers.Location);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Another_body_under_the_same_key_is_422()
    {
        await using ApiHost host = await StartAsync();
        await PostAsync(host, "k1", "{\"a\":1}");
        HttpResponseMessage other = await PostAsync(host, "k1", "{\"a\":2}");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        Assert.Equal("/problems/idempotency-key-reused", (await other.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString());
        Assert.Equal(1, _made);
    }

    [Fact]
    public async Task A_key_is_forgotten_after_a_day_and_kept_over_a_restart()
    {
        using var directory = new TemporaryDirectory();
        var time = new ManualTime();
        await using (ApiHost first = await StartAsync(directory.Path, time))
        {
            await PostAsync(first, "k1", "{}");
        }

        await using ApiHost second = await StartAsync(directory.Path, time);
        await PostAsync(second, "k1", "{}");
        Assert.Equal(1, _made);
        time.Advance(TimeSpan.FromHours(25));
        await PostAsync(second, "k1", "{}");
        Assert.Equal(2, _made);
    }

    [Fact]
    public async Task What_is_kept_for_a_key_cannot_be_read_from_the_disk()
    {
        using var directory = new TemporaryDirectory();
        await using ApiHost host = await StartAsync(directory.Path);
        Assert.Contains("shown once 1", await (await PostAsync(host, "k1", "{}")).Content.ReadAsStringAsync());

        Assert.DoesNotContain("shown once", string.Concat(Directory.GetFiles(directory.Path).Select(f => Encoding.Latin1.GetString(File.ReadAllBytes(f)))));
    }

    [Fact]
    public async Task A_caller_over_the_rate_gets_429_until_time_has_passed()
    {
        await using ApiHost host = await StartAsync(settings: [("Ptt:Http:RequestsPerMinute", "2")]);
        HttpResponseMessage first = await host.Client().GetAsync("/api/v1/things");
        Assert.Equal("\"default\";r=1;t=30", first.Headers.GetValues("RateLimit").Single());
        await host.Client().GetAsync("/api/v1/things");
        HttpResponseMessage third = await host.Client().GetAsync("/api/v1/things");

        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(30), third.Headers.RetryAfter?.Delta);
        host.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(HttpStatusCode.OK, (await host.Client().GetAsync("/api/v1/things")).StatusCode);
    }

    [Theory]
    [InlineData("GET", "/api/v1/nothing", 404, "not-found")]
    [InlineData("DELETE", "/api/v1/things", 405, "method-not-allowed")]
    [InlineData("GET", "/api/v1/fault", 500, "internal")]
    [InlineData("POST", "/api/v1/read", 400, "malformed")]
    public async Task Every_refusal_is_a_problem_with_a_stable_type(string method, string path, int status, string type)
    {
        await using ApiHost host = await StartAsync();
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = method == "POST" ? new StringContent("{ broken", Encoding.UTF8, "application/json") : null };
        HttpResponseMessage response = await host.Client().SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        string body = await response.Content.ReadAsStringAsync();
        Assert.Equal("/problems/" + type, JsonDocument.Parse(body).RootElement.GetProperty("type").GetString());
        Assert.DoesNotContain("secret of the house", body);
        Assert.Contains(ProblemType.All, t => t.Name == type);
    }

    [Fact]
    public async Task The_document_is_OpenAPI_3_1_and_the_page_shows_every_operation()
    {
        await using ApiHost host = await StartAsync();
        JsonElement document = await host.Client("").GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        string page = await host.Client("").GetStringAsync("/api");

        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString());
        foreach (JsonProperty path in document.GetProperty("paths").EnumerateObject())
        {
            Assert.Contains(path.Name, page);
        }

        Assert.Contains("/api/v1/tokens/{id}", page);
    }

    [Theory]
    [InlineData("\"a\"", "a", true)]
    [InlineData("\"b\", \"a\"", "a", true)]
    [InlineData("*", "a", true)]
    [InlineData("\"b\"", "a", false)]
    [InlineData("W/\"a\"", "a", false)]   // RFC 9110 §13.1.1: strong comparison
    [InlineData("nonsense", "a", false)]
    public void If_Match_compares_strongly(string field, string tag, bool allowed)
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.IfMatch = field;
        Assert.Equal(allowed, EntityTags.IfMatch(http.Request)!.Allows(tag));
    }

    [Fact]
    public void A_cursor_comes_back_whole_and_a_mangled_one_is_refused_without_a_throw()
    {
        string cursor = Cursor.Encode("ünder/score", "");
        Assert.True(Cursor.TryDecode(cursor, 2, out string[]? key));
        Assert.Equal(["ünder/score", ""], key);
        var random = new Random(7);
        for (int i = 0; i < 2000; i++)
        {
            char[] text = cursor.ToCharArray();
            text[random.Next(text.Length)] = (char)random.Next(1, 300);
            Cursor.TryDecode(new string(text[..random.Next(text.Length + 1)]), 2, out _);
        }
    }

    private static Task<HttpResponseMessage> PostAsync(ApiHost host, string key, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/things") { Content = new StringContent(body, new MediaTypeHeaderValue("application/json")) };
        request.Headers.Add("Idempotency-Key", key);
        return host.Client().SendAsync(request);
    }

    private Task<ApiHost> StartAsync(string? directory = null, ManualTime? time = null, params (string, string)[] settings) => ApiHost.StartAsync(map: app =>
    {
        app.MapApi("/things").MapPost("", () => TypedResults.Created($"/api/v1/things/{++_made}", new { secret = $"shown once {_made}" })).RequireAuthorization(Scopes.UsersWrite);
        app.MapApi("/things").MapGet("", () => "things").RequireAuthorization(Scopes.UsersRead);
        app.MapApi("/fault").MapGet("", string () => throw new InvalidOperationException("secret of the house"));
        app.MapApi("/read").MapPost("", (Dictionary<string, string> body) => body.Count);
    }, directory: directory, time: time, settings: settings);
}
