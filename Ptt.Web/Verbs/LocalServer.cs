using System.Net;

namespace Ptt.Web.Verbs;

/// <summary>How a verb reaches the server that runs on this machine with the same configuration.</summary>
internal static class LocalServer
{
    /// <summary>Null: the end point is not an address with a port.</summary>
    public static Uri? AddressOf(IConfiguration configuration)
    {
        if (!IPEndPoint.TryParse(configuration["Ptt:Http:EndPoint"] ?? "127.0.0.1:8080", out IPEndPoint? endPoint))
        {
            return null;
        }

        IPAddress address = endPoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : endPoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : endPoint.Address;
        string scheme = string.Equals(configuration["Ptt:Http:Tls"], "true", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
        return new Uri($"{scheme}://{new IPEndPoint(address, endPoint.Port)}");
    }

    /// <summary><paramref name="local"/>: our own server on this machine, whose certificate names a host and not the address that is asked.</summary>
    public static HttpClient NewClient(Uri server, bool local)
    {
        var handler = new SocketsHttpHandler();
        if (local)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        }

        return new HttpClient(handler) { BaseAddress = server };
    }
}
