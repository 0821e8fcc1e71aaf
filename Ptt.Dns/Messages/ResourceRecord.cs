using System.Net;

namespace Ptt.Dns.Messages;

/// <summary>RFC 1035 §3.2.1, class IN unless the message says otherwise (RFC 2136 uses ANY and NONE).</summary>
public sealed record ResourceRecord(DomainName Name, RecordType Type, TimeSpan Ttl, RecordData Data)
{
    public RecordClass Class { get; init; } = RecordClass.IN;

    /// <summary>A record as one line of a master file says it: <c>mx.example.com. 3600 IN A 192.0.2.1</c>.</summary>
    public static ResourceRecord Parse(string line) =>
        RecordText.TryParse(line, out ResourceRecord? record) ? record : throw new FormatException($"'{line}' is not a resource record.");

    public override string ToString() => RecordText.Format(this);
}

/// <summary>CLASS and QCLASS (RFC 1035 §3.2.4), with the two that RFC 2136 §2.4 and §2.5 speak with.</summary>
public enum RecordClass : ushort
{
    IN = 1,
    None = 254,
    Any = 255,
}

/// <summary>RDATA, one case for each type that Ptt reads; every other type keeps its octets.</summary>
public abstract record RecordData
{
    public sealed record Address(IPAddress Value) : RecordData;                             // A, AAAA

    public sealed record Name(DomainName Value) : RecordData;                               // NS, CNAME, PTR

    public sealed record Mx(int Preference, DomainName Exchange) : RecordData;

    public sealed record Srv(int Priority, int Weight, int Port, DomainName Target) : RecordData;

    public sealed record Soa(
        DomainName Primary, DomainName Mailbox, uint Serial, TimeSpan Refresh, TimeSpan Retry, TimeSpan Expire, TimeSpan Minimum) : RecordData;

    /// <summary>The character-strings of one record, joined without a space (RFC 6376 §3.6.2.2, RFC 7208 §3.3); Latin-1 keeps every octet.</summary>
    public sealed record Txt(string Text) : RecordData;

    public sealed record Tlsa(byte Usage, byte Selector, byte Matching, ReadOnlyMemory<byte> Association) : RecordData
    {
        public bool Equals(Tlsa? other) => other is not null && Usage == other.Usage && Selector == other.Selector
            && Matching == other.Matching && Association.Span.SequenceEqual(other.Association.Span);

        public override int GetHashCode() => HashCode.Combine(Usage, Selector, Matching, Association.Length);
    }

    public sealed record Caa(byte Flags, string Tag, string Value) : RecordData;

    public sealed record Unknown(ReadOnlyMemory<byte> Octets) : RecordData
    {
        public bool Equals(Unknown? other) => other is not null && Octets.Span.SequenceEqual(other.Octets.Span);

        public override int GetHashCode() => Octets.Length;
    }
}
