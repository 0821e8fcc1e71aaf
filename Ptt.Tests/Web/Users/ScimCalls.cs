using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Ptt.Tests.Support;

namespace Ptt.Tests.Web.Users;

/// <summary>What a provisioning agent sends: JSON as it writes it, word for word.</summary>
internal static class ScimCalls
{
    public static async Task<JsonNode> GetAsync(ApiHost host, string path) => JsonNode.Parse(await host.Client().GetStringAsync(path))!;

    public static async Task<(HttpStatusCode, JsonNode)> SendAsync(ApiHost host, HttpMethod method, string path, string body)
    {
        HttpResponseMessage response = await host.Client().SendAsync(new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, "application/scim+json") });
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }
}
