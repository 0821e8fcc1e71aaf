namespace Ptt.Web.Ui;

/// <summary>The correction of a QR code's blocks (ISO/IEC 18004 §7.5.2): over GF(256) modulo x^8+x^4+x^3+x^2+1.</summary>
internal static class ReedSolomon
{
    public static byte[] Check(byte[] data, int count)
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
}
