using Ptt.Dns.Messages;

namespace Ptt.Dns.Resolving;

/// <summary>Finds the zone that holds a name: the nearest SOA on the way up.</summary>
public static class ZoneWalk
{
    /// <summary>A way to ask: a resolver, or one server.</summary>
    public delegate ValueTask<DnsAnswer> Asking(DomainName name, RecordType type, CancellationToken cancellationToken);

    public static async ValueTask<ZoneWalkResult> FindAsync(Asking ask, DomainName name, CancellationToken cancellationToken)
    {
        for (DomainName at = name; !at.IsRoot; at = at.Parent)
        {
            switch (await ask(at, RecordType.Soa, cancellationToken))
            {
                case DnsAnswer.Found { Records: [{ Data: RecordData.Soa soa } record, ..] } when record.Name == at:
                    return new ZoneWalkResult.Found(at, soa, record.Ttl);
                case { Soa: { Data: RecordData.Soa soa } record } when at.IsWithin(record.Name) && !record.Name.IsRoot:
                    return new ZoneWalkResult.Found(record.Name, soa, record.Ttl);             // RFC 2308 §3: the no names its zone
                case DnsAnswer.Failed failed:
                    return new ZoneWalkResult.Failed(failed.Detail);
            }
        }

        return new ZoneWalkResult.Failed($"No zone above {name} shows its SOA.");
    }
}

public abstract record ZoneWalkResult
{
    public sealed record Found(DomainName Zone, RecordData.Soa Soa, TimeSpan SoaTtl) : ZoneWalkResult;

    public sealed record Failed(string Detail) : ZoneWalkResult;
}
