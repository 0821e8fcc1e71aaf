namespace Ptt.Smtp.Relay;

/// <summary>Section <c>Ptt:Relay</c>.</summary>
public sealed class RelayOptions
{
    public const string Section = "Ptt:Relay";

    /// <summary>The port of an MX.</summary>
    public int Port { get; set; } = 25;

    /// <summary>Fixed next hops <c>host:port</c> by domain; <c>*</c> for every other.</summary>
    public Dictionary<string, string> Routes { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    public bool AllowPrivateAddresses { get; set; }

    public int MaxConnections { get; set; } = 200;

    public int MaxConnectionsPerDestination { get; set; } = 20;

    /// <summary>Waits between attempts, each ±10 %; the last one repeats.</summary>
    public TimeSpan[] RetrySchedule { get; set; } = [];

    /// <summary>RFC 5321 §4.5.4.1 asks for at least 4 to 5 days.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromDays(5);

    public TimeSpan DelayNoticeAfter { get; set; } = TimeSpan.FromHours(4);
}
