using System.Net;
using Ptt.Dns.Messages;

namespace Ptt.Dns.Probing;

/// <summary>Asks the servers that speak for a zone themselves, with no cache in between.</summary>
public interface IAuthorityProbe
{
    /// <summary>
    /// What every authoritative server of the name's zone says now. Aliases are followed, and every server on the way must show its alias.
    /// <paramref name="primary"/> is asked for its serial, where it is known; null where nobody can tell.
    /// </summary>
    ValueTask<ProbeReport> ProbeAsync(DomainName name, RecordType type, IReadOnlyList<IPEndPoint>? primary, CancellationToken cancellationToken);
}

/// <summary>The evidence: who was asked, and what each said. Kept and shown as it is.</summary>
/// <param name="Fault">Why the servers could not be found; null when they were.</param>
/// <param name="PrimarySerial">Of the zone at its primary when the probe began.</param>
/// <param name="NegativeTtl">How long a resolver may go on saying that the name does not exist (RFC 2308 §5): the longest that any server grants.</param>
public sealed record ProbeReport(
    DomainName Name, RecordType Type, DomainName? Zone, DateTimeOffset At, IReadOnlyList<ServerEvidence> Servers, uint? PrimarySerial, TimeSpan NegativeTtl, string? Fault)
{
    /// <summary>The servers that do not show exactly <paramref name="expected"/> (empty: nothing), with the reason in words. None: it is proven.</summary>
    public IReadOnlyList<(ServerEvidence Server, string Reason)> Against(IReadOnlyCollection<RecordData> expected) =>
        [.. Servers.Select(s => (s, s.Against(expected, PrimarySerial))).Where(s => s.Item2 is not null).Select(s => (s.s, s.Item2!))];

    /// <summary>Every server shows exactly this, from a zone not older than the primary's, and there was at least one to ask.</summary>
    public bool Proves(IReadOnlyCollection<RecordData> expected) => Fault is null && Servers.Any(s => s.View is ServerView.Shows or ServerView.Denies) && Against(expected).Count == 0;
}

/// <summary>One address of one server. <paramref name="Alias"/> is set where this server's part is to show the alias that leads on.</summary>
public sealed record ServerEvidence(DomainName Server, IPAddress? Address, ServerView View, DomainName? Alias = null)
{
    /// <summary>Null when it shows what it should.</summary>
    internal string? Against(IReadOnlyCollection<RecordData> expected, uint? primarySerial)
    {
        expected = Alias is { } target ? [new RecordData.Name(target)] : expected;
        return View switch
        {
            ServerView.Unasked => null,
            ServerView.Failed failed => $"{Server} ({Address}): {failed.Detail}",
            ServerView.Shows or ServerView.Denies when Alias is null && primarySerial is { } ours && View.Serial is { } theirs && IsOlder(theirs, ours) =>
                $"{Server} ({Address}) still has serial {theirs}; the primary has {ours}",
            ServerView.Denies when expected.Count > 0 => $"{Server} ({Address}) does not show the record yet",
            ServerView.Shows shows when !shows.Records.Select(r => r.Data).ToHashSet().SetEquals(expected) =>
                $"{Server} ({Address}) shows something else: {string.Join("; ", shows.Records.Select(r => RecordText.Format(r.Data)))}",
            _ => null,
        };
    }

    /// <summary>RFC 1982 §3.2: serials go round.</summary>
    private static bool IsOlder(uint a, uint b) => a != b && unchecked((int)(a - b)) < 0;
}

/// <summary>What one server said. <paramref name="Serial"/> is that of its copy of the zone.</summary>
public abstract record ServerView(uint? Serial)
{
    public sealed record Shows(IReadOnlyList<ResourceRecord> Records, uint? Serial) : ServerView(Serial);

    /// <summary>No such name, or no such record.</summary>
    public sealed record Denies(uint? Serial) : ServerView(Serial);

    /// <summary>Silent, unreachable, not authoritative, or refusing: for a verifier the record is not there.</summary>
    public sealed record Failed(string Detail) : ServerView((uint?)null);

    /// <summary>This machine has no way to such addresses (an IPv6 address where there is no IPv6): it says nothing about the server.</summary>
    public sealed record Unasked(string Detail) : ServerView((uint?)null);
}
