using System.Globalization;
using System.Text;

namespace Ptt.Web.Ui;

/// <summary>
/// A text as a QR code (ISO/IEC 18004): octets, error correction level L, versions 1 to 20. Made here, so that the secret that an
/// authenticator app scans goes through no one else's hands.
/// </summary>
public sealed class QrCode
{
    private const int MaxVersion = 20;

    // Table 9, level L: correction codewords of a block, and blocks, by version.
    private static readonly int[] Correction = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28];
    private static readonly int[] Blocks = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8];

    private readonly int _version;
    private readonly bool[,] _dark;
    private readonly bool[,] _fixed;

    private QrCode(int version, byte[] codewords)
    {
        _version = version;
        Size = 17 + (4 * version);
        (_dark, _fixed) = (new bool[Size, Size], new bool[Size, Size]);
        DrawPatterns();
        Fill(codewords);
        int mask = Enumerable.Range(0, 8).MinBy(PenaltyOf);
        Mask(mask);
        DrawFormat(mask);
    }

    /// <summary>Modules on a side, without the quiet zone.</summary>
    public int Size { get; }

    public bool this[int x, int y] => _dark[x, y];

    /// <summary>Null when the text is too long: over some 850 octets.</summary>
    public static QrCode? Of(string text)
    {
        byte[] octets = Encoding.UTF8.GetBytes(text);
        for (int version = 1; version <= MaxVersion; version++)
        {
            int lengthBits = version < 10 ? 8 : 16;   // table 3
            int capacity = DataCodewords(version);
            if (4 + lengthBits + (octets.Length * 8) <= capacity * 8)
            {
                return new QrCode(version, Interleave(version, Data(octets, lengthBits, capacity)));
            }
        }

        return null;
    }

    /// <summary>The dark modules as one SVG path, a unit each, four units of quiet around (§6.3.8).</summary>
    public string Path()
    {
        var path = new StringBuilder();
        for (int y = 0; y < Size; y++)
        {
            for (int x = 0; x < Size; x++)
            {
                if (_dark[x, y])
                {
                    path.Append(CultureInfo.InvariantCulture, $"M{x + 4} {y + 4}h1v1h-1z");
                }
            }
        }

        return path.ToString();
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
            parts.Add((part, Check(part, correction)));
            at += length;
        }

        IEnumerable<byte> Turn(Func<(byte[] Data, byte[] Check), byte[]> of) =>
            from i in Enumerable.Range(0, parts.Max(p => of(p).Length)) from p in parts where i < of(p).Length select of(p)[i];
        return [.. Turn(p => p.Data), .. Turn(p => p.Check)];
    }

    // Reed-Solomon over GF(256) modulo x^8+x^4+x^3+x^2+1 (§7.5.2).
    private static byte[] Check(byte[] data, int count)
    {
        byte[] divisor = new byte[count];
        divisor[^1] = 1;
        for (int i = 0, root = 1; i < count; i++, root = Times(root, 2))
        {
            for (int j = 0; j < count; j++)
            {
                divisor[j] = (byte)(Times(divisor[j], root) ^ (j + 1 < count ? divisor[j + 1] : 0));
            }
        }

        byte[] rest = new byte[count];
        foreach (byte octet in data)
        {
            int factor = octet ^ rest[0];
            rest = [.. rest[1..], 0];
            for (int i = 0; i < count; i++)
            {
                rest[i] ^= (byte)Times(divisor[i], factor);
            }
        }

        return rest;
    }

    private static int Times(int a, int b)
    {
        int product = 0;
        for (int i = 7; i >= 0; i--)
        {
            product = (product << 1) ^ ((product >> 7) * 0x11D);
            product ^= ((b >> i) & 1) * a;
        }

        return product;
    }

    private void Set(int x, int y, bool dark)
    {
        if (x >= 0 && y >= 0 && x < Size && y < Size)
        {
            (_dark[x, y], _fixed[x, y]) = (dark, true);
        }
    }

    private void DrawPatterns()
    {
        for (int i = 0; i < Size; i++)
        {
            Set(6, i, i % 2 == 0);   // timing
            Set(i, 6, i % 2 == 0);
        }

        foreach ((int cx, int cy) in new[] { (3, 3), (Size - 4, 3), (3, Size - 4) })
        {
            Square(cx, cy, 4, d => d is not (2 or 4));   // finder with its separator
        }

        int[] centres = [.. Centres()];
        foreach (int x in centres)
        {
            foreach (int y in centres)
            {
                if (!((x == 6 && y == 6) || (x == 6 && y == Size - 7) || (x == Size - 7 && y == 6)))
                {
                    Square(x, y, 2, d => d != 1);   // alignment
                }
            }
        }

        DrawFormat(0);
        DrawVersion();
    }

    private void Square(int cx, int cy, int reach, Func<int, bool> dark)
    {
        for (int dy = -reach; dy <= reach; dy++)
        {
            for (int dx = -reach; dx <= reach; dx++)
            {
                Set(cx + dx, cy + dy, dark(Math.Max(Math.Abs(dx), Math.Abs(dy))));
            }
        }
    }

    // Annex E: evenly from the far edge, the first always at 6.
    private IEnumerable<int> Centres()
    {
        if (_version == 1)
        {
            yield break;
        }

        int count = (_version / 7) + 2;
        int step = ((_version * 8) + (count * 3) + 5) / ((count * 4) - 4) * 2;
        yield return 6;
        for (int i = 0; i < count - 1; i++)
        {
            yield return Size - 7 - (i * step);
        }
    }

    // §7.9: five bits (level L is 01), ten of BCH, masked; twice.
    private void DrawFormat(int mask)
    {
        int data = (1 << 3) | mask;
        int bits = ((data << 10) | Remainder(data, 10, 0x537)) ^ 0x5412;
        bool Bit(int i) => ((bits >> i) & 1) != 0;
        for (int i = 0; i < 8; i++)
        {
            Set(8, i < 6 ? i : i + 1, Bit(i));
            Set(Size - 1 - i, 8, Bit(i));
        }

        Set(7, 8, Bit(8));
        for (int i = 9; i < 15; i++)
        {
            Set(14 - i, 8, Bit(i));
        }

        for (int i = 8; i < 15; i++)
        {
            Set(8, Size - 15 + i, Bit(i));
        }

        Set(8, Size - 8, true);
    }

    // §7.10: from version 7 on, six bits and twelve of BCH; twice.
    private void DrawVersion()
    {
        if (_version < 7)
        {
            return;
        }

        int bits = (_version << 12) | Remainder(_version, 12, 0x1F25);
        for (int i = 0; i < 18; i++)
        {
            (int a, int b) = (Size - 11 + (i % 3), i / 3);
            Set(a, b, ((bits >> i) & 1) != 0);
            Set(b, a, ((bits >> i) & 1) != 0);
        }
    }

    private static int Remainder(int data, int degree, int generator)
    {
        int rest = data;
        for (int i = 0; i < degree; i++)
        {
            rest = (rest << 1) ^ ((rest >> (degree - 1)) * generator);
        }

        return rest;
    }

    // §7.7.3: upwards and downwards in columns of two, from the right, past the timing column.
    private void Fill(byte[] codewords)
    {
        int bit = 0;
        for (int right = Size - 1; right >= 1; right -= 2)
        {
            right = right == 6 ? 5 : right;
            bool up = ((right + 1) & 2) == 0;
            for (int i = 0; i < Size; i++)
            {
                int y = up ? Size - 1 - i : i;
                for (int x = right; x > right - 2; x--)
                {
                    if (!_fixed[x, y] && bit < codewords.Length * 8)
                    {
                        _dark[x, y] = ((codewords[bit / 8] >> (7 - (bit % 8))) & 1) != 0;
                        bit++;
                    }
                }
            }
        }
    }

    // §7.8.2; done twice, it is undone.
    private void Mask(int mask)
    {
        for (int y = 0; y < Size; y++)
        {
            for (int x = 0; x < Size; x++)
            {
                _dark[x, y] ^= !_fixed[x, y] && mask switch
                {
                    0 => (x + y) % 2 == 0,
                    1 => y % 2 == 0,
                    2 => x % 3 == 0,
                    3 => (x + y) % 3 == 0,
                    4 => ((x / 3) + (y / 2)) % 2 == 0,
                    5 => (x * y % 2) + (x * y % 3) == 0,
                    6 => ((x * y % 2) + (x * y % 3)) % 2 == 0,
                    _ => (((x + y) % 2) + (x * y % 3)) % 2 == 0,
                };
            }
        }
    }

    // Of §7.8.3 the rules about runs, blocks and balance: any mask can be read, a good one is read sooner.
    private int PenaltyOf(int mask)
    {
        Mask(mask);
        int penalty = 0;
        int dark = 0;
        for (int a = 0; a < Size; a++)
        {
            (int row, int column) = (0, 0);
            for (int b = 0; b < Size; b++)
            {
                row = b > 0 && _dark[b, a] == _dark[b - 1, a] ? row + 1 : 1;
                column = b > 0 && _dark[a, b] == _dark[a, b - 1] ? column + 1 : 1;
                penalty += (row == 5 ? 3 : row > 5 ? 1 : 0) + (column == 5 ? 3 : column > 5 ? 1 : 0);
                penalty += a > 0 && b > 0 && _dark[a, b] == _dark[a - 1, b] && _dark[a, b] == _dark[a, b - 1] && _dark[a, b] == _dark[a - 1, b - 1] ? 3 : 0;
                dark += _dark[a, b] ? 1 : 0;
            }
        }

        Mask(mask);
        return penalty + (Math.Abs((dark * 20) - (Size * Size * 10)) / (Size * Size) * 10);
    }
}
