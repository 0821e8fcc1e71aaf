using Ptt.Dns.Messages;

namespace Ptt.Dns.Updating;

/// <summary>One change of one zone (RFC 2136 §2): the server carries out all of it if every prerequisite holds, and nothing otherwise.</summary>
public sealed record ZoneUpdate(DomainName Zone, IReadOnlyList<Prerequisite> Prerequisites, IReadOnlyList<ZoneChange> Changes)
{
    public DnsMessage ToMessage() => new()
    {
        Opcode = Opcode.Update,
        Questions = [new Question(Zone, RecordType.Soa)],                         // §2.3
        Answers = [.. Prerequisites.SelectMany(p => p.ToRecords())],
        Authority = [.. Changes.Select(c => c.ToRecord())],
    };
}

/// <summary>RFC 2136 §2.4, in its order.</summary>
public abstract record Prerequisite
{
    private static readonly RecordData Empty = new RecordData.Unknown(ReadOnlyMemory<byte>.Empty);

    /// <summary>Some record set of this name and type is there.</summary>
    public sealed record Exists(DomainName Name, RecordType Type) : Prerequisite;

    /// <summary>Exactly these records make up the set; their TTL does not count.</summary>
    public sealed record HasExactly(DomainName Name, RecordType Type, IReadOnlyList<RecordData> Data) : Prerequisite;

    /// <summary>No record of this name and type is there.</summary>
    public sealed record Absent(DomainName Name, RecordType Type) : Prerequisite;

    public sealed record NameInUse(DomainName Name) : Prerequisite;

    public sealed record NameNotInUse(DomainName Name) : Prerequisite;

    internal IEnumerable<ResourceRecord> ToRecords() => this switch
    {
        Exists(var name, var type) => [Record(name, type, RecordClass.Any)],
        HasExactly(var name, var type, var data) => data.Select(d => Record(name, type, RecordClass.IN) with { Data = d }),
        Absent(var name, var type) => [Record(name, type, RecordClass.None)],
        NameInUse(var name) => [Record(name, RecordType.Any, RecordClass.Any)],
        NameNotInUse(var name) => [Record(name, RecordType.Any, RecordClass.None)],
        _ => throw new NotSupportedException(GetType().Name),
    };

    private static ResourceRecord Record(DomainName name, RecordType type, RecordClass @class) => new(name, type, TimeSpan.Zero, Empty) { Class = @class };
}

/// <summary>RFC 2136 §2.5.</summary>
public abstract record ZoneChange
{
    /// <summary>Joins the set of its name and type; a new TTL becomes that of the whole set.</summary>
    public sealed record Add(ResourceRecord Record) : ZoneChange;

    public sealed record DeleteSet(DomainName Name, RecordType Type) : ZoneChange;

    public sealed record DeleteRecord(DomainName Name, RecordType Type, RecordData Data) : ZoneChange;

    public sealed record DeleteName(DomainName Name) : ZoneChange;

    internal ResourceRecord ToRecord() => this switch
    {
        Add(var record) => record,
        DeleteSet(var name, var type) => Empty(name, type),
        DeleteRecord(var name, var type, var data) => new ResourceRecord(name, type, TimeSpan.Zero, data) { Class = RecordClass.None },
        DeleteName(var name) => Empty(name, RecordType.Any),
        _ => throw new NotSupportedException(GetType().Name),
    };

    private static ResourceRecord Empty(DomainName name, RecordType type) =>
        new(name, type, TimeSpan.Zero, new RecordData.Unknown(ReadOnlyMemory<byte>.Empty)) { Class = RecordClass.Any };
}
