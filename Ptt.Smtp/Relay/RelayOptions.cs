using System.ComponentModel.DataAnnotations;
using Ptt.Smtp.Client;

namespace Ptt.Smtp.Relay;

/// <summary>Section <c>Ptt:Relay</c>.</summary>
public sealed class RelayOptions
{
    public const string Section = "Ptt:Relay";

    /// <summary>The name we say in EHLO; it should resolve back to us (RFC 5321 §4.1.4). Empty: <c>Ptt:Hostname</c>.</summary>
    public string HeloName { get; set; } = "";

    /// <summary>The port of an MX; another one is for tests.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 25;

    /// <summary>Fixed next hops <c>host:port</c> by domain; <c>*</c> for every other. No MX is asked then, and the address may be private.</summary>
    public Dictionary<string, string> Routes { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether an MX may resolve to loopback, private or link-local addresses.</summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>Networks (<c>10.1.0.0/16</c>) that an MX may resolve to although they are private.</summary>
    public string[] AllowedNetworks { get; set; } = [];

    /// <summary>Whether mail to <c>user@[192.0.2.1]</c> is delivered to that address.</summary>
    public bool AllowAddressLiterals { get; set; }

    /// <summary>Whether IPv6 addresses are tried. Unset: when the machine has a global one.</summary>
    public bool? UseIPv6 { get; set; }

    /// <summary>Connections to all hosts together.</summary>
    [Range(1, 10_000)]
    public int MaxConnections { get; set; } = 200;

    /// <summary>Connections for one destination domain.</summary>
    [Range(1, 1_000)]
    public int MaxConnectionsPerDestination { get; set; } = 20;

    /// <summary>Other limits than <see cref="MaxConnectionsPerDestination"/>, by destination domain or provider (the name above its MX, such as <c>l.google.com</c>).</summary>
    public Dictionary<string, int> ConnectionLimits { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Messages in a window by destination domain or provider: <c>100/min</c>, <c>1000/h</c>, <c>50/00:05:00</c>.</summary>
    public Dictionary<string, string> Rates { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Our own addresses that mail leaves from, by a name of your choice; empty: the system chooses.</summary>
    public Dictionary<string, SourceOptions> Sources { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Messages to one provider on each day of a source's warm-up. Empty: 50, 100, 500, 1000, 5000, 10000, 20000, 40000, 70000, 100000, 150000, 250000.</summary>
    public int[] WarmUp { get; set; } = [];

    /// <summary>How to speak to the host of a route, by its name: TLS and a login.</summary>
    public Dictionary<string, SmartHostOptions> SmartHosts { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>TLS for a destination domain, whatever DANE and MTA-STS say: <c>None</c>, <c>Opportunistic</c>, <c>Encrypted</c> or <c>Verified</c>.</summary>
    public Dictionary<string, TlsDemand> TlsPolicies { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether TLSA records are asked for and obeyed (RFC 7672); they count only when the resolver is on loopback and validates.</summary>
    public bool Dane { get; set; } = true;

    /// <summary>Whether MTA-STS policies are fetched and obeyed (RFC 8461).</summary>
    public bool MtaSts { get; set; } = true;

    /// <summary>Messages over one connection before it is closed.</summary>
    [Range(1, 1_000_000)]
    public int MaxMessagesPerConnection { get; set; } = 1000;

    /// <summary>An idle connection waits so long for the next message.</summary>
    public TimeSpan KeepIdle { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Waits between attempts, each ±10 %; the last one repeats. Empty: 2, 5, 15, 30, 60, 120 min, then 4 h.</summary>
    public TimeSpan[] RetrySchedule { get; set; } = [];

    /// <summary>RFC 5321 §4.5.4.1 asks for at least 4 to 5 days.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromDays(5);

    /// <summary>Reports are given up sooner: nobody waits for them, and many go to forged senders.</summary>
    public TimeSpan GiveUpReportsAfter { get; set; } = TimeSpan.FromDays(2);

    /// <summary>The sender is told once when a message is this late; zero: never.</summary>
    public TimeSpan DelayNoticeAfter { get; set; } = TimeSpan.FromHours(4);

    /// <summary>At a stop, messages that are being sent have so long to get their reply.</summary>
    public TimeSpan StopWithin { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long each phase of a delivery may take.</summary>
    public ClientTimeouts Timeouts { get; set; } = new();
}

/// <summary>An address that mail leaves from: <c>Ptt:Relay:Sources:&lt;name&gt;</c>.</summary>
public sealed class SourceOptions
{
    /// <summary>One of this machine's addresses.</summary>
    public string Address { get; set; } = "";

    /// <summary>Said in EHLO from there; it should resolve to the address and back. Empty: <c>Ptt:Relay:HeloName</c>.</summary>
    public string HeloName { get; set; } = "";

    /// <summary>The sender domains that it is for; empty: all that have none of their own.</summary>
    public string[] Domains { get; set; } = [];

    /// <summary>The first day (UTC) of its warm-up, <c>2026-11-22</c>; unset: it is warm.</summary>
    public DateOnly? WarmingSince { get; set; }

    /// <summary>Messages a day from it to everywhere; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int PerDay { get; set; }

    /// <summary>Deliveries at once from it; 0: no limit.</summary>
    [Range(0, 10_000)]
    public int MaxConnections { get; set; }
}

/// <summary>A smart host: <c>Ptt:Relay:SmartHosts:&lt;host&gt;</c>, for the host that a route names.</summary>
public sealed class SmartHostOptions
{
    /// <summary>With a login at least <c>Encrypted</c>; <c>Verified</c> wants a certificate for the host's name.</summary>
    public TlsDemand Tls { get; set; } = TlsDemand.Opportunistic;

    /// <summary>TLS from the first octet (port 465).</summary>
    public bool ImplicitTls { get; set; }

    /// <summary>The login that the smart host wants; none when empty.</summary>
    public string UserName { get; set; } = "";

    /// <summary>Its password; better given as a file.</summary>
    public string Password { get; set; } = "";
}
