using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Tests.Support;
using Ptt.Web.Shell;
using Ptt.Web.Ui;

namespace Ptt.Tests.Browser;

/// <summary>What holds for the pages without a browser: who gets in, what a foreign page cannot do.</summary>
[Collection(BrowserCollection.Name)]
public sealed class GuardTests(BrowserFixture fixture)
{
    public static TheoryData<string> Routed => new(typeof(App).Assembly.GetTypes()
        .SelectMany(t => t.GetCustomAttributes<RouteAttribute>().Where(_ => t.GetCustomAttribute<AllowAnonymousAttribute>() is null))
        .Select(r => Regex.Replace(r.Template, @"\{[^}]*\}", "x")).Distinct());

    [Theory]
    [MemberData(nameof(Routed))]
    public async Task Nobody_sees_a_page_without_signing_in(string path)
    {
        using HttpClient client = Client();
        HttpResponseMessage answer = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Contains("/sign-in?return=", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/users/disable")]
    [InlineData("/queue/verb/drop")]
    [InlineData("/keys/revoke")]
    [InlineData("/sign-out")]
    public async Task A_verb_needs_a_session(string path)
    {
        using HttpClient client = Client();
        HttpResponseMessage answer = await client.PostAsync(path, new FormUrlEncodedContent([new("id", "x"), new("address", "x"), new("domain", "x"), new("selector", "x")]));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
    }

    [Fact]
    public async Task A_verb_without_the_forms_token_changes_nothing()
    {
        await using Microsoft.Playwright.IBrowserContext context = await fixture.AdministratorAsync();
        Microsoft.Playwright.IAPIResponse answer = await context.APIRequest.PostAsync(fixture.App.Address + "/users/disable",
            new() { Form = context.APIRequest.CreateFormData().Set("address", "user03@example.test") });
        Assert.Equal(400, answer.Status);
    }

    // The framework looks for the token where a handler takes a form; FormVerbs.AsVerb looks everywhere and says so by the same mark.
    [Fact]
    public void Every_form_of_the_pages_asks_for_its_token() => Assert.Empty(
        from endpoint in fixture.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/')
        where endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("POST") == true
            && endpoint.Metadata.GetMetadata<IAntiforgeryMetadata>() is null
            && !path.StartsWith("/api/v1/", StringComparison.Ordinal) && !path.StartsWith("/scim/v2", StringComparison.Ordinal)
            && !path.StartsWith("/_blazor", StringComparison.Ordinal)
        select path);

    [Fact]
    public async Task The_circuit_opens_to_our_own_origin_only()
    {
        using HttpClient client = Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
        request.Headers.Add("Origin", "https://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, (await client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Every_answer_forbids_frames_and_inline_script()
    {
        using HttpClient client = Client();
        HttpResponseMessage answer = await client.GetAsync("/sign-in");
        string policy = string.Join(' ', answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/a\r\nSet-Cookie: x")]
    public void A_return_address_elsewhere_is_not_followed(string address) => Assert.Equal("/", FormVerbs.Local(address));

    [Fact]
    public async Task The_script_of_the_islands_is_the_one_that_was_pinned()
    {
        using HttpClient client = Client();
        byte[] script = await client.GetByteArrayAsync("/_framework/blazor.web.js");
        Assert.Equal("56FD42622148D11045648E29EBD1994D24E7A8E4A0D9489E8AD5EA5CC8AF2DB4", Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(script)));
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("@x", "'@x")]
    [InlineData("-5", "-5")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"x\"", "\"say \"\"x\"\"\"")]
    public void A_cell_of_a_file_is_never_a_formula(string value, string cell) => Assert.Equal(cell + "\r\n", CsvFile.Line([value]));

    [Theory]
    [InlineData("a\u202Eb", "a‹U+202E›b")]
    [InlineData("a\u0000b", "a␀b")]
    [InlineData("a\r\nb", "a  b")]
    public void What_is_invisible_is_named(string text, string shown) => Assert.Equal(shown, Visible.Text(text));

    private HttpClient Client() => new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(fixture.App.Address) };
}
