using System.Net;

namespace Ptt.Smtp.Relay.Sources;

/// <summary>One of our addresses that mail leaves from, and the name that is said in EHLO there.</summary>
public sealed record Source(string Name, IPAddress Address, string HeloName)
{
    /// <summary>The sender domains that it is for; empty: all that have none of their own.</summary>
    public IReadOnlyList<string> Domains { get; init; } = [];

    /// <summary>The first day (UTC) of its warm-up; null: it is warm.</summary>
    public DateOnly? WarmingSince { get; init; }

    /// <summary>Messages a day to all providers together; 0: no limit.</summary>
    public int PerDay { get; init; }

    /// <summary>Deliveries at once; 0: no limit.</summary>
    public int MaxConnections { get; init; }
}

/// <summary>How many messages a source has sent to a provider on a day (UTC).</summary>
public sealed record SourceCount(DateOnly Day, string Source, string Provider, long Messages);

/// <summary>Keeps the counts of the day over a restart: a warm-up that forgot them would begin its day anew.</summary>
public interface ISourceLedger
{
    IReadOnlyList<SourceCount> Load(DateOnly day);
}
