using System.Buffers.Binary;
using System.Security.Cryptography;
using Ptt.Dns.Messages;

namespace Ptt.Dns.Updating;

/// <summary>Signs and checks messages with a shared secret (RFC 8945), for both ends: our update client and the sandbox's name server.</summary>
public static class Tsig
{
    /// <summary>§10 recommends 300 seconds.</summary>
    public static readonly TimeSpan Fudge = TimeSpan.FromSeconds(300);

    /// <summary>Adds the record to a message's octets. <paramref name="mac"/> is what the reply will be bound to.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> message, TsigKey key, DateTimeOffset now, out byte[] mac)
    {
        TsigRecord record = Blank(message, key.Name, key.Algorithm.WireName, (ulong)now.ToUnixTimeSeconds(), ResponseCode.NoError);
        mac = key.Mac([.. message, .. record.Variables()]);
        return Append(message, record with { Mac = mac });
    }

    /// <summary>Signs the reply to a message that <see cref="Verify"/> judged: bound to the request's MAC (§5.4.1), or bare where §5.3.2 says so.</summary>
    public static byte[] SignReply(ReadOnlySpan<byte> reply, TsigVerdict verdict, DateTimeOffset now)
    {
        switch (verdict)
        {
            case TsigVerdict.Valid valid:
                TsigRecord record = Blank(reply, valid.Key.Name, valid.Key.Algorithm.WireName, (ulong)now.ToUnixTimeSeconds(), ResponseCode.NoError);
                return Append(reply, record with { Mac = Mac(valid.Key, valid.Mac, reply, record) });

            case TsigVerdict.BadTime late:
                // §5.2.3: signed, with the client's time as the time signed and ours as other data.
                TsigRecord told = Blank(reply, late.Key.Name, late.Key.Algorithm.WireName, (ulong)late.TheirTime.ToUnixTimeSeconds(), ResponseCode.BadTime)
                    with { Other = TsigRecord.UInt48((ulong)now.ToUnixTimeSeconds()) };
                return Append(reply, told with { Mac = Mac(late.Key, late.Mac, reply, told) });

            case TsigVerdict.Rejected rejected:
                return Append(reply, Blank(reply, rejected.KeyName, rejected.Algorithm, (ulong)now.ToUnixTimeSeconds(), rejected.Error));

            default:
                return reply.ToArray();
        }
    }

    /// <summary>Judges a request by the order of §5.2: key, then MAC, then time.</summary>
    public static TsigVerdict Verify(ReadOnlySpan<byte> message, IEnumerable<TsigKey> keys, DateTimeOffset now)
    {
        if (!TsigRecord.TryFind(message, out TsigRecord? record, out int start))
        {
            return new TsigVerdict.Malformed();
        }

        if (record is null)
        {
            return new TsigVerdict.Unsigned();
        }

        TsigKey? key = keys.FirstOrDefault(k => k.Name == record.KeyName && k.Algorithm.WireName == record.Algorithm);
        if (key is null)
        {
            return new TsigVerdict.Rejected(ResponseCode.BadKey, record.KeyName, record.Algorithm);                       // §5.2.1
        }

        if (!CryptographicOperations.FixedTimeEquals(record.Mac, Mac(key, [], Bare(message, record, start), record)))
        {
            return new TsigVerdict.Rejected(ResponseCode.BadVersOrSig, record.KeyName, record.Algorithm);                 // §5.2.2
        }

        return IsTimely(record, now)
            ? new TsigVerdict.Valid(key, record.Mac, record.Signed)
            : new TsigVerdict.BadTime(key, record.Mac, record.Signed);                                                    // §5.2.3
    }

    /// <summary>Judges the reply to a request of ours (§5.3).</summary>
    internal static TsigReply VerifyReply(ReadOnlySpan<byte> reply, TsigKey key, byte[] requestMac, DateTimeOffset now)
    {
        if (!TsigRecord.TryFind(reply, out TsigRecord? record, out int start))
        {
            return new TsigReply(TsigReplyState.Forged, null);
        }

        if (record is null || record.Mac.Length == 0)
        {
            return new TsigReply(TsigReplyState.Unsigned, record);
        }

        bool good = record.KeyName == key.Name && record.Algorithm == key.Algorithm.WireName
            && CryptographicOperations.FixedTimeEquals(record.Mac, Mac(key, requestMac, Bare(reply, record, start), record))
            && IsTimely(record, now);
        return new TsigReply(good ? TsigReplyState.Signed : TsigReplyState.Forged, record);
    }

    private static bool IsTimely(TsigRecord record, DateTimeOffset now) =>
        (record.Signed - now).Duration() <= TimeSpan.FromSeconds(record.Fudge);

    private static byte[] Mac(TsigKey key, byte[] requestMac, ReadOnlySpan<byte> message, TsigRecord record) =>
        key.Mac([.. requestMac.Length == 0 ? [] : TsigRecord.UInt16(requestMac.Length), .. requestMac, .. message, .. record.Variables()]);

    private static TsigRecord Blank(ReadOnlySpan<byte> message, DomainName keyName, DomainName algorithm, ulong time, ResponseCode error) =>
        new(keyName, algorithm, time, (ushort)Fudge.TotalSeconds, [], BinaryPrimitives.ReadUInt16BigEndian(message), error, []);

    /// <summary>The message as it was before it was signed: without the record, counted so, under its first id (§4.3.2).</summary>
    private static byte[] Bare(ReadOnlySpan<byte> message, TsigRecord record, int start)
    {
        byte[] bare = message[..start].ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(bare, record.OriginalId);
        BinaryPrimitives.WriteUInt16BigEndian(bare.AsSpan(10), (ushort)(BinaryPrimitives.ReadUInt16BigEndian(bare.AsSpan(10)) - 1));
        return bare;
    }

    private static byte[] Append(ReadOnlySpan<byte> message, TsigRecord record)
    {
        byte[] data = record.EncodeData();
        byte[] signed =
        [
            .. message, .. MessageWriter.CanonicalName(record.KeyName), .. TsigRecord.UInt16((int)RecordType.Tsig),
            .. TsigRecord.UInt16((int)RecordClass.Any), 0, 0, 0, 0, .. TsigRecord.UInt16(data.Length), .. data,
        ];
        BinaryPrimitives.WriteUInt16BigEndian(signed.AsSpan(10), (ushort)(BinaryPrimitives.ReadUInt16BigEndian(signed.AsSpan(10)) + 1));
        return signed;
    }
}
