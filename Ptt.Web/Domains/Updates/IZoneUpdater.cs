using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Updating;

namespace Ptt.Web.Domains.Updates;

/// <summary>
/// Changes zones by signed update. Every change rests on a prerequisite, so that a record that we did not write is never overwritten or removed; a
/// step that was carried out before succeeds again, so that it can be repeated after a crash.
/// </summary>
public interface IZoneUpdater
{
    ValueTask<ZoneTarget> FindAsync(DomainName name, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the set of this name and type be <paramref name="wanted"/> (empty: none), if it is exactly <paramref name="previous"/> (empty: none) or already
    /// what is wanted. Anything else is drift, and nothing is changed.
    /// </summary>
    ValueTask<UpdateResult> SetAsync(
        DomainName name, RecordType type, TimeSpan ttl, IReadOnlyList<RecordData> wanted, IReadOnlyList<RecordData> previous, CancellationToken cancellationToken);
}
