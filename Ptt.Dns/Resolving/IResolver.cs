using Ptt.Dns.Messages;

namespace Ptt.Dns.Resolving;

/// <summary>Asks recursive resolvers. Never throws for what DNS may say; cancellation is the one exception.</summary>
public interface IResolver
{
    ValueTask<DnsAnswer> QueryAsync(DomainName name, RecordType type, CancellationToken cancellationToken);
}

/// <summary>What came of a question. CNAMEs are followed; <see cref="Found.Records"/> holds records of the type asked for.</summary>
public abstract record DnsAnswer
{
    /// <summary>
    /// A validating resolver vouches for the whole answer, the CNAMEs included (RFC 4035 §3.2.3): its AD bit, and only where nobody on the way
    /// could have set it (loopback, or a resolver that the configuration trusts).
    /// </summary>
    public bool Authenticated { get; init; }

    /// <summary>The SOA that came with a negative answer: whose zone said no, and for how long (RFC 2308 §3). Null when none came.</summary>
    public ResourceRecord? Soa { get; init; }

    public sealed record Found(IReadOnlyList<ResourceRecord> Records) : DnsAnswer
    {
        public IEnumerable<T> Data<T>() where T : RecordData => Records.Select(r => r.Data).OfType<T>();
    }

    /// <summary>The name exists and has no record of this type (RFC 2308 §2.2).</summary>
    public sealed record NoData : DnsAnswer;

    /// <summary>NXDOMAIN.</summary>
    public sealed record NoSuchName : DnsAnswer;

    /// <summary>Nothing is known: try again later. <see cref="Detail"/> is for the log and the administrator.</summary>
    public sealed record Failed(DnsFailure Reason, string Detail) : DnsAnswer;
}

public enum DnsFailure
{
    Timeout,
    ServerFailure,
    Refused,
    Malformed,
    Unreachable,
    Loop,
}
