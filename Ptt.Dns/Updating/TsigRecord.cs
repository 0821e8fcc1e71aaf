using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Ptt.Dns.Messages;

namespace Ptt.Dns.Updating;

/// <summary>The TSIG record of a message (RFC 8945 §4.2).</summary>
internal sealed record TsigRecord(
    DomainName KeyName, DomainName Algorithm, ulong TimeSigned, ushort Fudge, byte[] Mac, ushort OriginalId, ResponseCode Error, byte[] Other)
{
    /// <summary>The server's own time, which a BADTIME reply carries (§5.2.3).</summary>
    public DateTimeOffset? ServerTime => Other.Length == 6 ? DateTimeOffset.FromUnixTimeSeconds((long)ReadUInt48(Other)) : null;

    public DateTimeOffset Signed => DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(TimeSigned, 253402300799));   // the year 9999

    /// <summary>
    /// True with a null record: the message carries none. False: it carries one that is cut, out of its place (§5.1: the last record) or twice there.
    /// <paramref name="start"/> is where it begins.
    /// </summary>
    public static bool TryFind(ReadOnlySpan<byte> message, out TsigRecord? record, out int start)
    {
        (record, start) = (null, message.Length);
        if (message.Length < DnsMessage.HeaderLength)
        {
            return false;
        }

        int questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        int records = BinaryPrimitives.ReadUInt16BigEndian(message[6..]) + BinaryPrimitives.ReadUInt16BigEndian(message[8..]);
        int additional = BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        var reader = new MessageReader(message) { Position = DnsMessage.HeaderLength };
        for (int i = 0; i < questions; i++)
        {
            if (!reader.TryReadQuestion(out _))
            {
                return false;
            }
        }

        for (int i = 0; i < records + additional; i++)
        {
            if (!reader.TryReadRecord(out RawRecord raw))
            {
                return false;
            }

            if (raw.Type == RecordType.Tsig)
            {
                start = raw.Start;
                return i == records + additional - 1 && additional > 0 && reader.Remaining == 0 && TryRead(message, raw, out record);
            }
        }

        return true;
    }

    /// <summary>RDATA, names whole (§4.2).</summary>
    public byte[] EncodeData() =>
    [
        .. MessageWriter.CanonicalName(Algorithm), .. UInt48(TimeSigned), .. UInt16(Fudge), .. UInt16(Mac.Length), .. Mac,
        .. UInt16(OriginalId), .. UInt16((int)Error), .. UInt16(Other.Length), .. Other,
    ];

    /// <summary>What the MAC covers beside the message (§4.3.3).</summary>
    public byte[] Variables() =>
    [
        .. MessageWriter.CanonicalName(KeyName), .. UInt16((int)RecordClass.Any), 0, 0, 0, 0, .. MessageWriter.CanonicalName(Algorithm),
        .. UInt48(TimeSigned), .. UInt16(Fudge), .. UInt16((int)Error), .. UInt16(Other.Length), .. Other,
    ];

    public static byte[] UInt16(int value) => [(byte)(value >> 8), (byte)value];

    public static byte[] UInt48(ulong value)
    {
        byte[] octets = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(octets, value);
        return octets[2..];
    }

    private static ulong ReadUInt48(ReadOnlySpan<byte> octets) =>
        ((ulong)BinaryPrimitives.ReadUInt16BigEndian(octets) << 32) | BinaryPrimitives.ReadUInt32BigEndian(octets[2..]);

    private static bool TryRead(ReadOnlySpan<byte> message, in RawRecord raw, [NotNullWhen(true)] out TsigRecord? record)
    {
        record = null;
        ReadOnlySpan<byte> within = message[..(raw.DataStart + raw.DataLength)];
        var reader = new MessageReader(within) { Position = raw.DataStart };
        if (!raw.IsNamed || raw.Class != (ushort)RecordClass.Any || raw.Ttl != 0
            || !reader.TryReadName(out DomainName algorithm, out bool isNamed) || !isNamed
            || !reader.TryReadUInt16(out ushort high) || !reader.TryReadUInt32(out uint low) || !reader.TryReadUInt16(out ushort fudge)
            || !TryReadOctets(within, ref reader, out byte[] mac)
            || !reader.TryReadUInt16(out ushort originalId) || !reader.TryReadUInt16(out ushort error)
            || !TryReadOctets(within, ref reader, out byte[] other) || reader.Remaining != 0)
        {
            return false;
        }

        record = new TsigRecord(raw.Name, algorithm, ((ulong)high << 32) | low, fudge, mac, originalId, (ResponseCode)error, other);
        return true;
    }

    private static bool TryReadOctets(ReadOnlySpan<byte> message, ref MessageReader reader, out byte[] octets)
    {
        octets = [];
        if (!reader.TryReadUInt16(out ushort length) || length > reader.Remaining)
        {
            return false;
        }

        octets = message.Slice(reader.Position, length).ToArray();
        reader.Position += length;
        return true;
    }
}
