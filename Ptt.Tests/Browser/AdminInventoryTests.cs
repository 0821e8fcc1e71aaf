using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Tests.Support;
using Ptt.Web.Shell;

namespace Ptt.Tests.Browser;

/// <summary><c>docs/admin.md</c> names every page and every action, and for each the operation of the API: nothing can be done on the pages alone.</summary>
[Collection(BrowserCollection.Name)]
public sealed partial class AdminInventoryTests(BrowserFixture fixture)
{
    private static readonly string[] Pages = [.. Rows("## Pages").Select(r => r[0])];

    /// <summary>Every action of the inventory.</summary>
    internal static IEnumerable<string> Actions => Rows("## Actions").Select(r => r[0]);

    [Fact]
    public void Every_page_stands_in_the_inventory()
    {
        string[] routed =
        [
            .. typeof(App).Assembly.GetTypes().SelectMany(t => t.GetCustomAttributes<RouteAttribute>()).Select(r => r.Template)
                .Where(r => !r.StartsWith("/status/", StringComparison.Ordinal) && r is not ("/sign-in/second" or "/sign-in/link")),
        ];
        Assert.Equal(routed.Order(StringComparer.Ordinal), Pages.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_action_stands_in_the_inventory()
    {
        string[] posts =
        [
            .. from endpoint in fixture.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
               let path = "/" + endpoint.RoutePattern.RawText?.TrimStart('/')
               where endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("POST") == true
               where endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Components.Endpoints.ComponentTypeMetadata>() is null
               where !Others().IsMatch(path)
               select path,
        ];
        Assert.Equal(posts.Order(StringComparer.Ordinal), Rows("## Actions").Select(r => r[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_action_is_carried_out_by_a_browser()
    {
        string[] pressed = [.. typeof(AdminInventoryTests).Assembly.GetTypes().SelectMany(t => t.GetMethods()).SelectMany(m => m.GetCustomAttribute<PressesAttribute>()?.Actions ?? [])];
        Assert.Equal([], Rows("## Actions").Select(r => r[0]).Except(pressed));
        Assert.Equal([], pressed.Except(Rows("## Actions").Select(r => r[0])));
    }

    [Fact]
    public async Task Every_operation_that_the_inventory_names_exists()
    {
        using HttpClient client = fixture.App.ClientOf(null);
        using JsonDocument api = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json"));
        string[] known =
        [
            .. from path in api.RootElement.GetProperty("paths").EnumerateObject()
               from operation in path.Value.EnumerateObject()
               select $"{operation.Name.ToUpperInvariant()} {path.Name}",
        ];
        string[] named = [.. Rows("## Pages").Concat(Rows("## Actions")).SelectMany(r => Operation().Matches(r[^1]).Select(m => m.Groups[1].Value)).Distinct()];
        Assert.True(named.Length > 60);
        Assert.Empty(named.Except(known));
        Assert.All(Rows("## Pages").Concat(Rows("## Actions")), r => Assert.True(Operation().IsMatch(r[^1]) || r[^1].Contains("token", StringComparison.Ordinal), r[0]));
    }

    // The cells of the first table under a heading; of the first cell what stands between the ticks.
    private static IEnumerable<string[]> Rows(string heading)
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "admin.md"));
        string part = text[text.IndexOf(heading, StringComparison.Ordinal)..].Split("\n## ", 2)[0];
        return part.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Trim('|', ' ').Split(" | "))
            .Select(c => (string[])[Ticked().Match(c[0]).Groups[1].Value, .. c[1..]]);
    }

    // The API itself, the circuit, what the browser asks of a passkey, and how things look.
    [GeneratedRegex("^/(api|scim|_blazor|_framework|preferences|sign-in/passkey/options|account/passkeys/options)(/|$)|^/$")]
    private static partial Regex Others();

    [GeneratedRegex("`((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)`")]
    private static partial Regex Operation();

    [GeneratedRegex("`([^`]*)`")]
    private static partial Regex Ticked();
}
