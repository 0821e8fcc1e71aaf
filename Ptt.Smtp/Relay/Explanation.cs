using Ptt.Smtp.Client;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>What would become of a message to an address now: for the administrator's question "why does it not go there?".</summary>
public sealed record Explanation
{
    public required string Address { get; init; }

    public required string Destination { get; init; }

    /// <summary>mx, route, or literal.</summary>
    public required string Via { get; init; }

    /// <summary>Set when no host can be named: what the message would be deferred or refused with.</summary>
    public Reply? Reply { get; init; }

    /// <summary>Set when the address is on the suppression list.</summary>
    public string? Suppressed { get; init; }

    /// <summary>Limits are shared by all destinations of it.</summary>
    public required string Provider { get; init; }

    public required int ConnectionLimit { get; init; }

    /// <summary>Such as <c>100/min</c>; null: none.</summary>
    public string? Rate { get; init; }

    /// <summary>What the domain publishes by MTA-STS; null when nobody had to ask (DANE decides, a route, switched off).</summary>
    public ExplainedSts? Sts { get; init; }

    /// <summary>Our addresses that the mail may leave from; empty: the system chooses.</summary>
    public IReadOnlyList<ExplainedSource> Sources { get; init; } = [];

    public IReadOnlyList<ExplainedHost> Hosts { get; init; } = [];
}

/// <summary><paramref name="Mode"/>: none, testing, enforce; null: no policy is in force. <paramref name="Fault"/>: it could not be had just now.</summary>
public sealed record ExplainedSts(string? Mode, IReadOnlyList<string> Mx, string? Fault);

/// <summary><paramref name="Ceiling"/>: messages to this provider on this day of its warm-up; null: it is warm.</summary>
public sealed record ExplainedSource(string Name, string Address, string HeloName, long Today, long? Ceiling, int PerDay, int InFlight);

public sealed record ExplainedHost(string Name, int Port)
{
    /// <summary>DNSSEC vouches for the MX record.</summary>
    public bool Authenticated { get; init; }

    /// <summary>What TLS is demanded, and which rule demands it.</summary>
    public TlsDemand? Tls { get; init; }

    public string? TlsDecidedBy { get; init; }

    /// <summary>The TLSA records that count.</summary>
    public IReadOnlyList<string> Tlsa { get; init; } = [];

    /// <summary>The host is passed over: no address, or a TLS rule forbids it.</summary>
    public Reply? Reply { get; init; }

    public IReadOnlyList<ExplainedAddress> Addresses { get; init; } = [];
}

/// <summary><paramref name="NotNow"/>: why it is not dialled now (private, cooling down); null when it is.</summary>
public sealed record ExplainedAddress(string Address, string? NotNow, bool BrokenTls);
