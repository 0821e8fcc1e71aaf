using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Ptt.Tests.Web.Acme;

/// <summary>An ACME server that answers as the test says; it gives a nonce with everything and checks no signature.</summary>
internal sealed class ScriptedAuthority : HttpMessageHandler
{
    private int _nonce;

    /// <summary>What each path answers, one after the other; the last one stays.</summary>
    public Dictionary<string, Queue<(HttpStatusCode Status, string Body, TimeSpan? RetryAfter)>> Answers { get; } = new()
    {
        ["/dir"] = One(HttpStatusCode.OK, """
            {"newNonce":"https://ca.test/nonce","newAccount":"https://ca.test/account","newOrder":"https://ca.test/order","renewalInfo":"https://ca.test/renewal"}
            """),
        ["/nonce"] = One(HttpStatusCode.OK, ""),
        ["/account"] = One(HttpStatusCode.Created, "{}"),
    };

    public List<string> Asked { get; } = [];

    public HttpClient Client() => new(this);

    public static Queue<(HttpStatusCode Status, string Body, TimeSpan? RetryAfter)> One(HttpStatusCode status, string body, TimeSpan? retryAfter = null) => new([(status, body, retryAfter)]);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string path = request.RequestUri!.AbsolutePath;
        lock (Asked)
        {
            Asked.Add(path);
        }

        Queue<(HttpStatusCode Status, string Body, TimeSpan? RetryAfter)> answers = Answers[path];
        (HttpStatusCode status, string body, TimeSpan? retryAfter) = answers.Count > 1 ? answers.Dequeue() : answers.Peek();
        var response = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        response.Headers.Add("Replay-Nonce", $"n{_nonce++}");
        response.Headers.Location = new Uri($"https://ca.test{path}/1");
        response.Headers.RetryAfter = retryAfter is { } delta ? new RetryConditionHeaderValue(delta) : null;
        return Task.FromResult(response);
    }
}
