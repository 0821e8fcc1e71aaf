using System.Net;
using Ptt.Smtp.Pipeline;

namespace Ptt.Web.Listeners;

/// <summary>Where we listen for SMTP, and which roles those ports may be for.</summary>
public sealed class ListenersOptions
{
    public const string Section = "Ptt";

    /// <summary>Empty: 465 (implicit TLS) and 587 (STARTTLS) for submission, or 25 for the first role of a process without submission.</summary>
    public List<ListenerOptions> Listeners { get; set; } = [];

    /// <summary>The roles of this process; all three when empty.</summary>
    public List<Role> Roles { get; set; } = [];

    public bool Plays(Role role) => Roles.Count == 0 || Roles.Contains(role);

    public IReadOnlyList<ListenerOptions> Effective() =>
        Listeners.Count > 0 ? Listeners
        : Plays(Role.Submission) ?
        [
            new() { EndPoint = "[::]:465", Tls = ListenerTls.Implicit },       // RFC 8314 §7.3
            new() { EndPoint = "[::]:587", Tls = ListenerTls.StartTls },       // RFC 6409 §3.1
        ]
        : [new() { Role = Plays(Role.Signer) ? Role.Signer : Role.Relay, EndPoint = "[::]:25", Tls = ListenerTls.StartTls }];
}

/// <summary>One SMTP port.</summary>
public sealed class ListenerOptions
{
    /// <summary>Whose mail comes in here: Submission, Signer or Relay.</summary>
    public Role Role { get; set; }

    /// <summary><c>192.0.2.1:465</c>, <c>[2001:db8::1]:465</c>; <c>[::]:465</c> takes IPv4 and IPv6 of every interface.</summary>
    public string EndPoint { get; set; } = "";

    /// <summary>Implicit, StartTls, or None (on loopback only, and not for submission).</summary>
    public ListenerTls Tls { get; set; } = ListenerTls.StartTls;

    /// <summary>Connections from <see cref="TrustedProxies"/> begin with a PROXY header (version 1 or 2) that says where the client is.</summary>
    public bool ProxyProtocol { get; set; }

    /// <summary>Addresses and networks, such as <c>192.0.2.1</c> or <c>10.0.0.0/8</c>.</summary>
    public List<string> TrustedProxies { get; set; } = [];

    internal static bool TryNetwork(string text, out IPNetwork network)
    {
        network = default;
        if (IPNetwork.TryParse(text, out network))
        {
            return true;
        }

        if (!IPAddress.TryParse(text, out IPAddress? address))
        {
            return false;
        }

        network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return true;
    }

    internal bool Trusts(IPAddress peer)
    {
        peer = peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer;
        return TrustedProxies.Exists(t => TryNetwork(t, out IPNetwork network) && network.Contains(peer));
    }

    internal IPEndPoint? Address =>
        EndPoint.LastIndexOf(':') is > 0 and var colon && EndPoint.IndexOf(']', StringComparison.Ordinal) is var bracket && colon > bracket
        && (bracket >= 0 || EndPoint.IndexOf(':', StringComparison.Ordinal) == colon)
        && IPEndPoint.TryParse(EndPoint, out IPEndPoint? address) ? address : null;
}

public enum ListenerTls
{
    /// <summary>From the first octet (RFC 8314 §3).</summary>
    Implicit,

    /// <summary>By command (RFC 3207), and nothing useful before it.</summary>
    StartTls,

    /// <summary>Never: on loopback only, for the signer and the relay, which have no logins.</summary>
    None,
}
