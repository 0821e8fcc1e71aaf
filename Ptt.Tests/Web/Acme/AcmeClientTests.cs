using System.Net;
using System.Security.Cryptography;
using Ptt.Web.Acme;

namespace Ptt.Tests.Web.Acme;

public sealed class AcmeClientTests
{
    private const string BadNonce = """{"type":"urn:ietf:params:acme:error:badNonce","detail":"stale"}""";

    private readonly ScriptedAuthority _authority = new();

    [Fact]
    public async Task A_nonce_that_is_refused_is_replaced_by_the_one_that_came_with_the_refusal()
    {
        _authority.Answers["/order"] = new([(HttpStatusCode.BadRequest, BadNonce, null), (HttpStatusCode.BadRequest, BadNonce, null), (HttpStatusCode.Created, "{}", null)]);
        AcmeResult<AcmeAnswer> result = await PostAsync();
        Assert.Null(result.Failure);
        Assert.Equal(["/dir", "/nonce", "/order", "/order", "/order"], _authority.Asked);
    }

    [Fact]
    public async Task An_authority_that_refuses_every_nonce_is_not_asked_for_ever()
    {
        _authority.Answers["/order"] = ScriptedAuthority.One(HttpStatusCode.BadRequest, BadNonce);
        Assert.Equal("badNonce", (await PostAsync()).Failure!.Type);
        Assert.InRange(_authority.Asked.Count, 10, 40);
    }

    [Fact]
    public async Task A_limit_is_named_with_the_time_that_the_authority_asks_for()
    {
        _authority.Answers["/order"] = ScriptedAuthority.One(HttpStatusCode.TooManyRequests,
            """{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many certificates","subproblems":[{"detail":"mail.example.org"}]}""", TimeSpan.FromHours(3));
        Assert.Equal(
            new AcmeFailure("https://ca.test/order: rateLimited (too many certificates; mail.example.org)", "rateLimited", TimeSpan.FromHours(3)), (await PostAsync()).Failure);
    }

    [Fact]
    public async Task A_page_of_some_proxy_is_no_answer()
    {
        _authority.Answers["/order"] = ScriptedAuthority.One(HttpStatusCode.BadGateway, "<html>");
        Assert.Equal("https://ca.test/order: HTTP 502", (await PostAsync()).Failure!.Text);
    }

    [Fact]
    public void The_thumbprint_of_a_key_is_that_of_RFC_7638()
    {
        // P-256 key of RFC 7515 §A.3; the thumbprint computed by `openssl dgst -sha256` over the members in the order of RFC 7638 §3.3.
        var key = new Jwk("P-256", "EC", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
        Assert.Equal("oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", key.Thumbprint());
    }

    private async Task<AcmeResult<AcmeAnswer>> PostAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var client = new AcmeClient(_authority.Client(), new Uri("https://ca.test/dir"), TimeProvider.System);
        return await client.PostAsync(key, null, new Uri("https://ca.test/order"), "{}"u8.ToArray(), CancellationToken.None);
    }
}
