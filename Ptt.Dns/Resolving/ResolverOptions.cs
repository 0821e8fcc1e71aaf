using System.Net;

namespace Ptt.Dns.Resolving;

/// <summary>How the stub resolver asks and how long it remembers.</summary>
public sealed record ResolverOptions
{
    /// <summary>Asked in this order; one that failed goes to the end for a while.</summary>
    public required IReadOnlyList<IPEndPoint> Servers { get; init; }

    /// <summary>For one question to one server; doubled in each round.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the whole list is gone through.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Shorter TTLs are taken for this: mail for one domain comes in bursts.</summary>
    public TimeSpan TtlFloor { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan TtlCeiling { get; init; } = TimeSpan.FromHours(24);

    /// <summary>RFC 2308 §5 warns of more than three hours.</summary>
    public TimeSpan NegativeTtlCeiling { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A failure is remembered this long (RFC 9520 §3.2: at least a second).</summary>
    public TimeSpan FailureTtl { get; init; } = TimeSpan.FromSeconds(1);

    public int CacheSize { get; init; } = 20_000;

    /// <summary>Believe AD from servers that are not on this machine: only where the network to them is our own.</summary>
    public bool TrustAuthenticData { get; init; }
}
