using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Ptt.Tests.EndToEnd;

/// <summary>Makes a domain and a user through the API, as an administrator's script would.</summary>
internal static class Provision
{
    public static async Task UserAsync(HttpClient http, string domain, string address, string password)
    {
        using HttpResponseMessage made = await http.PostAsJsonAsync("/api/v1/domains", new { domain });
        Assert.True(made.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict, $"{made.StatusCode} {await made.Content.ReadAsStringAsync()}");
        using HttpResponseMessage user = await http.PostAsJsonAsync("/api/v1/users", new { address, password });
        Assert.True(user.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict, $"{user.StatusCode} {await user.Content.ReadAsStringAsync()}");
    }

    /// <summary>Until both keys of the domain sign: made, published, shown by every name server.</summary>
    public static async Task KeysAsync(HttpClient http, string domain)
    {
        string keys = "";
        for (int i = 0; i < 1200; i++)
        {
            keys = await http.GetStringAsync($"/api/v1/domains/{domain}/keys");
            using JsonDocument view = JsonDocument.Parse(keys);
            if (view.RootElement.GetProperty("keys").EnumerateArray().Count(k => k.GetProperty("state").GetString() == "active") == 2)
            {
                return;
            }

            await Task.Delay(100);
        }

        Assert.Fail($"The keys of {domain} do not sign: {keys}");
    }
}
