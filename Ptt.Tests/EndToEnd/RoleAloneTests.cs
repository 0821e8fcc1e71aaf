using System.Net;
using System.Text.RegularExpressions;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd;

/// <summary>A submission server without the other roles: it has no queue and no keys, and its pages know it.</summary>
[Collection(EndToEndCollection.Name)]
public sealed partial class RoleAloneTests
{
    [Fact]
    public async Task No_page_of_a_submission_server_asks_for_what_another_machine_has()
    {
        await using PttProcess ptt = await PttProcess.StartAsync("Production", null, "Ptt:Roles:0=Submission", $"Ptt:Submission:NextHop=127.0.0.1:{Ports.Free()}");
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new Uri($"http://127.0.0.1:{ptt.HttpPort}") };
        string link = Link().Match(ptt.Output).Value;
        Assert.NotEmpty(link);
        string cookie = "";
        async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, Dictionary<string, string>? form = null)
        {
            using var request = new HttpRequestMessage(method, path) { Content = form is null ? null : new FormUrlEncodedContent(form) };
            request.Headers.TryAddWithoutValidation("Cookie", cookie);
            request.Headers.Add("Origin", client.BaseAddress!.GetLeftPart(UriPartial.Authority));
            HttpResponseMessage answer = await client.SendAsync(request);
            IEnumerable<string> set = answer.Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? cookies) ? cookies.Select(c => c.Split(';')[0]) : [];
            cookie = string.Join("; ", cookie.Split("; ", StringSplitOptions.RemoveEmptyEntries).Concat(set).GroupBy(c => c.Split('=')[0]).Select(g => g.Last()));
            return answer;
        }

        string page = await (await SendAsync(HttpMethod.Get, link)).Content.ReadAsStringAsync();
        Dictionary<string, string> fields = Hidden().Matches(page).GroupBy(m => m.Groups[1].Value).ToDictionary(g => g.Key, g => WebUtility.HtmlDecode(g.Last().Groups[2].Value));   // each form has its token
        using HttpResponseMessage entered = await SendAsync(HttpMethod.Post, link, fields);
        Assert.True(entered.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.SeeOther, $"{entered.StatusCode} {await entered.Content.ReadAsStringAsync()}");

        foreach (string path in (string[])["/", "/alarms", "/users", "/domains", "/tokens", "/audit", "/settings", "/search?q=ada", "/test"])
        {
            using HttpResponseMessage answer = await SendAsync(HttpMethod.Get, path);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {answer.StatusCode}\n{ptt.Output}");
        }

        foreach (string path in (string[])["/queue", "/keys", "/messages", "/suppressions"])
        {
            using HttpResponseMessage answer = await SendAsync(HttpMethod.Get, path);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, $"{path}: {answer.StatusCode}");
        }
    }

    [GeneratedRegex(@"/sign-in/link\?token=[0-9a-f]{48}")]
    private static partial Regex Link();

    [GeneratedRegex("""<input type="hidden" name="([^"]+)" value="([^"]*)""")]
    private static partial Regex Hidden();
}
