using System.Buffers.Binary;
using System.Security.Cryptography;
using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// Makes ids whose first 60 bits, the sequence, never repeat and only grow, also when the clock goes back: RFC 9562 §6.2
/// method 1, the twelve bits after the milliseconds are a counter. The sequence is the message's key in the spool, so that
/// no second index on the id is needed; the id says when its message was accepted.
/// </summary>
internal sealed class SpoolIds(TimeProvider time, long last)
{
    private const long LastMoment = 253402300799999;

    private long _last = last;

    public SpoolId Next()
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds() << 12;
        long sequence;
        long seen;
        do
        {
            seen = Volatile.Read(ref _last);
            sequence = Math.Max(now, seen + 1);
        }
        while (Interlocked.CompareExchange(ref _last, sequence, seen) != seen);

        Span<byte> octets = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(octets, sequence >> 12 << 16 | 0x7000 | sequence & 0xfff);
        RandomNumberGenerator.Fill(octets[8..]);
        octets[8] = (byte)(octets[8] & 0x3f | 0x80);
        return new SpoolId(new Guid(octets, bigEndian: true));
    }

    public static long SequenceOf(SpoolId id)
    {
        Span<byte> octets = stackalloc byte[16];
        id.Value.TryWriteBytes(octets, bigEndian: true, out _);
        long head = BinaryPrimitives.ReadInt64BigEndian(octets);
        return (long)((ulong)head >> 16) << 12 | head & 0xfff;
    }

    /// <summary>The smallest sequence of that moment.</summary>
    public static long SequenceAt(DateTimeOffset moment) => Math.Max(0, moment.ToUnixTimeMilliseconds()) << 12;

    public static DateTimeOffset MomentOf(SpoolId id) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(SequenceOf(id) >> 12, LastMoment));   // an id may be anybody's text

    public static byte[] Octets(SpoolId id) => id.Value.ToByteArray(bigEndian: true);

    public static SpoolId FromOctets(ReadOnlySpan<byte> octets) => new(new Guid(octets, bigEndian: true));
}
