using System.Diagnostics.CodeAnalysis;

namespace Ptt.Dns.Messages;

/// <summary>
/// RFC 1035 §4.1. In an UPDATE the four sections are called zone, prerequisite, update and additional (RFC 2136 §2). OPT is not among the
/// additional records but in <see cref="Edns"/>; TSIG is seen by <c>Updating/Tsig</c> alone, which works on the octets.
/// </summary>
public sealed record DnsMessage
{
    public const int HeaderLength = 12;

    public const int MaxLength = ushort.MaxValue;

    public ushort Id { get; init; }

    public Opcode Opcode { get; init; }

    public bool IsResponse { get; init; }

    public bool IsAuthoritative { get; init; }

    public bool IsTruncated { get; init; }

    public bool RecursionDesired { get; init; }

    public bool RecursionAvailable { get; init; }

    /// <summary>AD. In a query: we would like to know it (RFC 6840 §5.7).</summary>
    public bool AuthenticData { get; init; }

    public bool CheckingDisabled { get; init; }

    /// <summary>All twelve bits where there is an OPT (RFC 6891 §6.1.3).</summary>
    public ResponseCode ResponseCode { get; init; }

    public Edns? Edns { get; init; }

    public IReadOnlyList<Question> Questions { get; init; } = [];

    public IReadOnlyList<ResourceRecord> Answers { get; init; } = [];

    public IReadOnlyList<ResourceRecord> Authority { get; init; } = [];

    public IReadOnlyList<ResourceRecord> Additional { get; init; } = [];

    public byte[] Encode() => new MessageWriter().Write(this);

    /// <summary>False for octets that are no message. A record whose owner is no name of ours (odd octets in a label) is passed over.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out DnsMessage? message)
    {
        var reader = new MessageReader(octets);
        return reader.TryRead(out message);
    }
}

public sealed record Question(DomainName Name, RecordType Type, RecordClass Class = RecordClass.IN);

/// <summary>What OPT says (RFC 6891 §6.1). Options are not read.</summary>
public sealed record Edns(int PayloadSize, bool DnssecOk = false, byte Version = 0)
{
    /// <summary>Fits every path without fragments (RFC 9715 names the reasons).</summary>
    public static readonly Edns Default = new(1232);
}

/// <summary>RFC 1035 §4.1.1, RFC 1996, RFC 2136 §2.2.</summary>
public enum Opcode
{
    Query = 0,
    Notify = 4,
    Update = 5,
}

/// <summary>RCODE with its extensions; those from 16 on stand in OPT or TSIG (RFC 6895 §2.3, RFC 8945 §3).</summary>
public enum ResponseCode
{
    NoError = 0,
    FormErr = 1,
    ServFail = 2,
    NXDomain = 3,
    NotImp = 4,
    Refused = 5,
    YXDomain = 6,
    YXRRset = 7,
    NXRRset = 8,
    NotAuth = 9,
    NotZone = 10,
    BadVersOrSig = 16,   // BADVERS in OPT, BADSIG in TSIG
    BadKey = 17,
    BadTime = 18,
    BadTrunc = 22,
}
