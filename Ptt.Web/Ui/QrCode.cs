using System.Globalization;
using System.Text;

namespace Ptt.Web.Ui;

/// <summary>
/// A text as a QR code (ISO/IEC 18004): octets, error correction level L, versions 1 to 20. Made here, so that the secret that an
/// authenticator app scans goes through no one else's hands.
/// </summary>
public sealed class QrCode
{
    private readonly QrGrid _grid;

    private QrCode(QrCodewords codewords)
    {
        _grid = new QrGrid(codewords.Version);
        Fill(codewords.Octets);
        int mask = Enumerable.Range(0, 8).MinBy(PenaltyOf);
        Mask(mask);
        _grid.DrawFormat(mask);
    }

    /// <summary>Modules on a side, without the quiet zone.</summary>
    public int Size => _grid.Size;

    public bool this[int x, int y] => _grid.Dark[x, y];

    /// <summary>Null when the text is too long: over some 850 octets.</summary>
    public static QrCode? Of(string text) => QrCodewords.Of(text) is { } codewords ? new QrCode(codewords) : null;

    /// <summary>The dark modules as one SVG path, a unit each, four units of quiet around (§6.3.8).</summary>
    public string Path()
    {
        var path = new StringBuilder();
        for (int y = 0; y < Size; y++)
        {
            for (int x = 0; x < Size; x++)
            {
                if (_grid.Dark[x, y])
                {
                    path.Append(CultureInfo.InvariantCulture, $"M{x + 4} {y + 4}h1v1h-1z");
                }
            }
        }

        return path.ToString();
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
                    if (!_grid.IsFixed(x, y) && bit < codewords.Length * 8)
                    {
                        _grid.Dark[x, y] = ((codewords[bit / 8] >> (7 - (bit % 8))) & 1) != 0;
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
                _grid.Dark[x, y] ^= !_grid.IsFixed(x, y) && mask switch
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
                row = b > 0 && _grid.Dark[b, a] == _grid.Dark[b - 1, a] ? row + 1 : 1;
                column = b > 0 && _grid.Dark[a, b] == _grid.Dark[a, b - 1] ? column + 1 : 1;
                penalty += (row == 5 ? 3 : row > 5 ? 1 : 0) + (column == 5 ? 3 : column > 5 ? 1 : 0);
                penalty += a > 0 && b > 0 && _grid.Dark[a, b] == _grid.Dark[a - 1, b] && _grid.Dark[a, b] == _grid.Dark[a, b - 1] && _grid.Dark[a, b] == _grid.Dark[a - 1, b - 1] ? 3 : 0;
                dark += _grid.Dark[a, b] ? 1 : 0;
            }
        }

        Mask(mask);
        return penalty + (Math.Abs((dark * 20) - (Size * Size * 10)) / (Size * Size) * 10);
    }
}
