using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ptt.Dns;
using Ptt.Smtp.Client;

namespace Ptt.Smtp.Relay.Security;

/// <summary>
/// <c>https://mta-sts.&lt;domain&gt;/.well-known/mta-sts.txt</c>: a valid certificate, no redirect, text/plain, 64 kB at most (RFC 8461 §3.3).
/// Names are resolved by our resolver and addresses checked like those of an MX: a stranger's policy host must not lead into our network.
/// </summary>
public sealed class HttpsStsFetcher : IStsFetcher, IDisposable
{
    private const int MaxOctets = 64 * 1024;

    private readonly HttpClient _http;
    private readonly AddressLookup _addresses;
    private readonly AddressPolicy _policy;
    private readonly int _port;

    public HttpsStsFetcher(AddressLookup addresses, AddressPolicy policy, int port = 443, X509Certificate2Collection? trustAnchors = null)
    {
        _addresses = addresses;
        _policy = policy;
        _port = port;
        TrustAnchors = trustAnchors;
        var chain = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            TrustMode = trustAnchors is null ? X509ChainTrustMode.System : X509ChainTrustMode.CustomRootTrust,
        };
        chain.CustomTrustStore.AddRange(trustAnchors ?? []);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            MaxResponseHeadersLength = 16,
            ConnectCallback = ConnectAsync,
            SslOptions = new SslClientAuthenticationOptions { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13, CertificateChainPolicy = chain },
        })
        {
            Timeout = TimeSpan.FromSeconds(20),
            MaxResponseContentBufferSize = MaxOctets,
        };
    }

    public X509Certificate2Collection? TrustAnchors { get; }

    public void Dispose() => _http.Dispose();

    public async ValueTask<StsFetch> FetchAsync(DomainName domain, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await _http.GetAsync(
                new Uri($"https://mta-sts.{domain}:{_port}/.well-known/mta-sts.txt"), cancellationToken).ConfigureAwait(false);
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
            return new StsFetch(null, (fault.InnerException ?? fault).Message);
        }
        catch (OperationCanceledException)
        {
            return new StsFetch(null, "timed out");
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        if (await _addresses.FindAsync(DomainName.Parse(context.DnsEndPoint.Host), cancellationToken).ConfigureAwait(false) is not HostAddresses.Found found)
        {
            throw new HttpRequestException($"{context.DnsEndPoint.Host} has no address");
        }

        IPAddress? address = found.InOrder.FirstOrDefault(_policy.Allows) ?? throw new HttpRequestException("its address is private");
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, context.DnsEndPoint.Port), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
