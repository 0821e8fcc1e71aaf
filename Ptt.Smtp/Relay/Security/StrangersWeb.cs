using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Ptt.Dns;
using Ptt.Smtp.Client;

namespace Ptt.Smtp.Relay.Security;

/// <summary>
/// HTTPS to servers that strangers named (policies, reports): a valid certificate, no redirect, names by our resolver, addresses checked like those of an
/// MX, so that nobody's record leads us into our own network.
/// </summary>
public static class StrangersWeb
{
    public static HttpClient Client(AddressLookup addresses, AddressPolicy policy, int maxOctets, X509Certificate2Collection? trustAnchors = null)
    {
        var chain = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            TrustMode = trustAnchors is null ? X509ChainTrustMode.System : X509ChainTrustMode.CustomRootTrust,
        };
        chain.CustomTrustStore.AddRange(trustAnchors ?? []);
        return new HttpClient(new SocketsHttpHandler
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
            MaxResponseContentBufferSize = maxOctets,
        };

        async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
        {
            if (!DomainName.TryParse(context.DnsEndPoint.Host, out DomainName host)
                || await addresses.FindAsync(host, cancellationToken).ConfigureAwait(false) is not HostAddresses.Found found)
            {
                throw new HttpRequestException($"{context.DnsEndPoint.Host} has no address");
            }

            IPAddress? address = found.InOrder.FirstOrDefault(policy.Allows) ?? throw new HttpRequestException("its address is private");
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
}
