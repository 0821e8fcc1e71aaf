namespace Ptt.Web.Ui;

/// <summary>The modules of a QR code with what is the same in every one of its version (ISO/IEC 18004 §6.3): finders, timing, alignment, version, and the place of the format.</summary>
internal sealed class QrGrid
{
    private readonly int _version;
    private readonly bool[,] _fixed;

    public QrGrid(int version)
    {
        _version = version;
        Size = 17 + (4 * version);
        (Dark, _fixed) = (new bool[Size, Size], new bool[Size, Size]);
        DrawPatterns();
    }

    /// <summary>Modules on a side, without the quiet zone.</summary>
    public int Size { get; }

    public bool[,] Dark { get; }

    /// <summary>Not for data.</summary>
    public bool IsFixed(int x, int y) => _fixed[x, y];

    private void Set(int x, int y, bool dark)
    {
        if (x >= 0 && y >= 0 && x < Size && y < Size)
        {
            (Dark[x, y], _fixed[x, y]) = (dark, true);
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

    /// <summary>§7.9: five bits (level L is 01), ten of BCH, masked; twice.</summary>
    public void DrawFormat(int mask)
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
}
