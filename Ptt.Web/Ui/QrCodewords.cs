using System.Text;

namespace Ptt.Web.Ui;

/// <summary>What stands in a QR code, as codewords (ISO/IEC 18004 §7.4 to §7.6): octets in the smallest version that holds them, at error correction level L.</summary>
internal sealed record QrCodewords(int Version, byte[] Octets)
{
    private const int MaxVersion = 20;

    // Table 9, level L: correction codewords of a block, and blocks, by version.
    private static readonly int[] Correction = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28];
    private static readonly int[] Blocks = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8];

    /// <summary>Null when the text is too long: over some 850 octets.</summary>
    public static QrCodewords? Of(string text)
    {
        byte[] octets = Encoding.UTF8.GetBytes(text);
        for (int version = 1; version <= MaxVersion; version++)
        {
            int lengthBits = version < 10 ? 8 : 16;   // table 3
            int capacity = DataCodewords(version);
            if (4 + lengthBits + (octets.Length * 8) <= capacity * 8)
            {
                return new(version, Interleave(version, Data(octets, lengthBits, capacity)));
            }
        }

        return null;
    }

    private static int RawCodewords(int version)
    {
        int modules = (((16 * version) + 128) * version) + 64;
        if (version >= 2)
        {
            int aligned = (version / 7) + 2;
            modules -= (((25 * aligned) - 10) * aligned) - 55;
            modules -= version >= 7 ? 36 : 0;
        }

        return modules / 8;
    }

    private static int DataCodewords(int version) => RawCodewords(version) - (Correction[version - 1] * Blocks[version - 1]);

    // §7.4: mode 0100, the length, the octets, a terminator, then the pad octets in turn.
    private static byte[] Data(byte[] octets, int lengthBits, int capacity)
    {
        var bits = new List<bool>();
        void Put(int value, int count)
        {
            for (int i = count - 1; i >= 0; i--)
            {
                bits.Add(((value >> i) & 1) != 0);
            }
        }

        Put(4, 4);
        Put(octets.Length, lengthBits);
        foreach (byte octet in octets)
        {
            Put(octet, 8);
        }

        Put(0, Math.Min(4, (capacity * 8) - bits.Count));
        Put(0, (8 - (bits.Count % 8)) % 8);
        for (int pad = 0xEC; bits.Count < capacity * 8; pad ^= 0xEC ^ 0x11)
        {
            Put(pad, 8);
        }

        byte[] data = new byte[capacity];
        for (int i = 0; i < bits.Count; i++)
        {
            data[i / 8] |= (byte)(bits[i] ? 0x80 >> (i % 8) : 0);
        }

        return data;
    }

    // §7.6: the codewords of all blocks in turn, then their corrections in turn. The last blocks are one longer.
    private static byte[] Interleave(int version, byte[] data)
    {
        (int blocks, int correction) = (Blocks[version - 1], Correction[version - 1]);
        int shorter = blocks - (data.Length % blocks);
        var parts = new List<(byte[] Data, byte[] Check)>();
        for (int block = 0, at = 0; block < blocks; block++)
        {
            int length = (data.Length / blocks) + (block < shorter ? 0 : 1);
            byte[] part = data[at..(at + length)];
            parts.Add((part, ReedSolomon.Check(part, correction)));
            at += length;
        }

        IEnumerable<byte> Turn(Func<(byte[] Data, byte[] Check), byte[]> of) =>
            from i in Enumerable.Range(0, parts.Max(p => of(p).Length)) from p in parts where i < of(p).Length select of(p)[i];
        return [.. Turn(p => p.Data), .. Turn(p => p.Check)];
    }
}
