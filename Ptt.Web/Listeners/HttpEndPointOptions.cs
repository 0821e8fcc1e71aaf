using System.Net;

namespace Ptt.Web.Listeners;

/// <summary>Where the admin pages, the API, health and metrics are.</summary>
public sealed class HttpEndPointOptions
{
    public const string Section = "Ptt:Http";

    /// <summary>The admin pages, the API, health and metrics.</summary>
    public string EndPoint { get; set; } = "127.0.0.1:8080";

    /// <summary>HTTPS with the certificate of <c>Ptt:Certificates</c>.</summary>
    public bool Tls { get; set; }

    internal IPEndPoint? Address => new ListenerOptions { EndPoint = EndPoint }.Address;
}
