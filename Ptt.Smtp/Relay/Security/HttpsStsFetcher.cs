using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ptt.Dns;
using Ptt.Smtp.Client;

namespace Ptt.Smtp.Relay.Security;

/// <summary><c>https://mta-sts.&lt;domain&gt;/.well-known/mta-sts.txt</c>: a valid certificate, no redirect, text/plain, 64 kB at most (RFC 8461 §3.3).</summary>
public sealed class HttpsStsFetcher(AddressLookup addresses, AddressPolicy policy, int port = 443, X509Certificate2Collection? trustAnchors = null) : IStsFetcher, IDisposable
{
    private const int MaxOctets = 64 * 1024;

    private readonly HttpClient _http = StrangersWeb.Client(addresses, policy, MaxOctets, trustAnchors);

    public X509Certificate2Collection? TrustAnchors => trustAnchors;

    public void Dispose() => _http.Dispose();

    public async ValueTask<StsFetch> FetchAsync(DomainName domain, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await _http.GetAsync(
                new Uri($"https://mta-sts.{domain}:{port}/.well-known/mta-sts.txt"), cancellationToken).ConfigureAwait(false);
            return response switch
            {
                { StatusCode: not HttpStatusCode.OK } => new StsFetch(null, $"HTTP status {(int)response.StatusCode}"),
                { Content.Headers.ContentType: MediaTypeHeaderValue { MediaType: "text/plain" } } => new StsFetch(
                    Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false)), null),
                _ => new StsFetch(null, "it is not text/plain"),
            };
        }
        catch (HttpRequestException fault)
        {
            return new StsFetch(null, (fault.InnerException ?? fault).Message, fault.HttpRequestError == HttpRequestError.SecureConnectionError);
        }
        catch (OperationCanceledException)
        {
            return new StsFetch(null, "timed out");
        }
    }
}
