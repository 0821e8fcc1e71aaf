using System.ComponentModel.DataAnnotations;

namespace Ptt.Smtp.Server;

/// <summary>Section <c>Ptt:Limits</c>: what one client may cost us. A change takes effect for sessions that begin after it.</summary>
public sealed class Limits
{
    public const string Section = "Ptt:Limits";

    /// <summary>In octets, for SIZE (RFC 1870) and while reading.</summary>
    [Range(64 * 1024, long.MaxValue)]
    public long MessageSize { get; set; } = 50 * 1024 * 1024;

    /// <summary>Per transaction. RFC 5321 §4.5.3.1.8 asks for at least 100.</summary>
    [Range(100, 100_000)]
    public int Recipients { get; set; } = 1000;

    /// <summary>A line of the message, with its CRLF (RFC 5321 §4.5.3.1.6).</summary>
    [Range(1000, 1_000_000)]
    public int TextLine { get; set; } = 1000;

    /// <summary>Sessions at once, over all listeners.</summary>
    [Range(1, 1_000_000)]
    public int Sessions { get; set; } = 20_000;

    /// <summary>Sessions at once from one address (IPv6: one /64). Loopback is exempt.</summary>
    [Range(1, 1_000_000)]
    public int SessionsPerAddress { get; set; } = 100;

    /// <summary>Refused commands in one session before it is closed.</summary>
    [Range(1, 10_000)]
    public int Errors { get; set; } = 20;

    /// <summary>NOOP, VRFY, HELP, EHLO and their like between two messages before the session is closed. RSET is free.</summary>
    [Range(10, 100_000)]
    public int IdleCommands { get; set; } = 200;

    /// <summary>Failed logins in one session before it is closed; logins as such are limited by <c>Ptt:Users</c>.</summary>
    [Range(1, 100)]
    public int LoginFailures { get; set; } = 3;

    /// <summary>For the TLS handshake.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For a whole command before login, where AUTH is required. Shorter than the 5 minutes of RFC 5321 §4.5.3.2.7, as is common.</summary>
    public TimeSpan BeforeLoginTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>For a whole command (RFC 5321 §4.5.3.2.7: at least 5 minutes).</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For each piece of message data (RFC 5321 §4.5.3.2.5: 3 minutes).</summary>
    public TimeSpan DataTimeout { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>Octets a second that message data must bring on average, once <see cref="DataGrace"/> is over; 0 asks for none.</summary>
    [Range(0, 1_000_000)]
    public int MinimumDataRate { get; set; } = 128;

    /// <summary>How long message data may come slower than <see cref="MinimumDataRate"/> at first.</summary>
    public TimeSpan DataGrace { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Until the client has taken our reply.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromMinutes(2);
}
