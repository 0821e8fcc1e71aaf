using System.Buffers.Binary;
using System.Numerics;

namespace Ptt.Dns.Updating;

/// <summary>SHA-224 (FIPS 180-4 §6.3), which the framework leaves out: SHA-256 with other first words and the last word cut off.</summary>
internal static class Sha224
{
    private const int BlockLength = 64;

    private static readonly uint[] Initial =
    [
        0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4,
    ];

    // §4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static readonly uint[] K = [.. Primes().Take(64).Select(CubeRootFraction)];

    public static byte[] Hash(ReadOnlySpan<byte> message)
    {
        // §5.1.1: a one bit, zeros, and the length in bits at the end of a block.
        byte[] padded = new byte[(message.Length + 9 + BlockLength - 1) / BlockLength * BlockLength];
        message.CopyTo(padded);
        padded[message.Length] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(padded.AsSpan(padded.Length - 8), (ulong)message.Length * 8);

        uint[] state = [.. Initial];
        for (int at = 0; at < padded.Length; at += BlockLength)
        {
            Compress(state, padded.AsSpan(at, BlockLength));
        }

        byte[] hash = new byte[28];
        for (int i = 0; i < 7; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(i * 4), state[i]);
        }

        return hash;
    }

    /// <summary>RFC 2104 §2.</summary>
    public static byte[] Hmac(byte[] key, byte[] message)
    {
        byte[] block = new byte[BlockLength];
        (key.Length > BlockLength ? Hash(key) : key).CopyTo(block, 0);
        byte[] inner = Hash([.. block.Select(b => (byte)(b ^ 0x36)), .. message]);
        return Hash([.. block.Select(b => (byte)(b ^ 0x5c)), .. inner]);
    }

    private static void Compress(uint[] state, ReadOnlySpan<byte> block)
    {
        Span<uint> w = stackalloc uint[64];
        for (int t = 0; t < 16; t++)
        {
            w[t] = BinaryPrimitives.ReadUInt32BigEndian(block[(t * 4)..]);
        }

        for (int t = 16; t < 64; t++)
        {
            uint s0 = BitOperations.RotateRight(w[t - 15], 7) ^ BitOperations.RotateRight(w[t - 15], 18) ^ (w[t - 15] >> 3);
            uint s1 = BitOperations.RotateRight(w[t - 2], 17) ^ BitOperations.RotateRight(w[t - 2], 19) ^ (w[t - 2] >> 10);
            w[t] = w[t - 16] + s0 + w[t - 7] + s1;
        }

        (uint a, uint b, uint c, uint d) = (state[0], state[1], state[2], state[3]);
        (uint e, uint f, uint g, uint h) = (state[4], state[5], state[6], state[7]);
        for (int t = 0; t < 64; t++)
        {
            uint t1 = h + (BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25)) + ((e & f) ^ (~e & g)) + K[t] + w[t];
            uint t2 = (BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + t1, c, b, a, t1 + t2);
        }

        uint[] sums = [a, b, c, d, e, f, g, h];
        for (int i = 0; i < 8; i++)
        {
            state[i] += sums[i];
        }
    }

    private static IEnumerable<int> Primes() =>
        Enumerable.Range(2, 400).Where(n => Enumerable.Range(2, (int)Math.Sqrt(n) - 1).All(d => n % d != 0));

    private static uint CubeRootFraction(int prime)
    {
        // floor(cbrt(prime) · 2^32), exactly: the largest r with r³ ≤ prime · 2^96.
        BigInteger target = (BigInteger)prime << 96;
        BigInteger root = 0;
        for (int bit = 35; bit >= 0; bit--)
        {
            BigInteger next = root | (BigInteger.One << bit);
            root = next * next * next <= target ? next : root;
        }

        return (uint)(root & uint.MaxValue);
    }
}
