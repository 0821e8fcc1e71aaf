using System.Numerics;
using System.Security.Cryptography;

namespace Ptt.Web.Keys.Derivation;

/// <summary>
/// The RSA key that mirage/ptt derives from a seed: two primes out of <see cref="Fortuna"/>, the exponent 65537. For taking over a key that DNS already shows; keys of our
/// own are made from randomness, each for itself.
/// </summary>
internal static class DerivedKey
{
    private static readonly BigInteger Exponent = 65537;

    /// <summary><paramref name="bits"/> as there: 2048, or 4096 when nothing else was said.</summary>
    public static RSA Rsa(ReadOnlySpan<byte> seed, int bits)
    {
        var generator = new Fortuna(seed);
        while (true)
        {
            BigInteger one = Prime(generator, bits / 2);
            BigInteger other = Prime(generator, bits - (bits / 2));
            (BigInteger p, BigInteger q) = one > other ? (one, other) : (other, one);
            BigInteger phi = (p - 1) * (q - 1);
            if (p != q && BigInteger.GreatestCommonDivisor(Exponent, phi).IsOne)
            {
                return ToRsa(p, q, phi, bits);
            }
        }
    }

    /// <summary>The first prime after a number of so many bits whose two highest are set.</summary>
    private static BigInteger Prime(Fortuna generator, int bits)
    {
        while (true)
        {
            byte[] octets = generator.Generate((bits + 7) / 8);
            octets[0] |= 0xc0;
            BigInteger number = new BigInteger(octets, isUnsigned: true, isBigEndian: true) >> ((octets.Length * 8) - bits);
            BigInteger prime = ProbablePrime.After(number);
            if (prime < BigInteger.One << bits)
            {
                return prime;
            }
        }
    }

    private static RSA ToRsa(BigInteger p, BigInteger q, BigInteger phi, int bits)
    {
        BigInteger d = Inverse(Exponent, phi);
        int half = bits / 16;
        return RSA.Create(new RSAParameters
        {
            Modulus = Octets(p * q, bits / 8),
            Exponent = Octets(Exponent, 3),
            D = Octets(d, bits / 8),
            P = Octets(p, half),
            Q = Octets(q, half),
            DP = Octets(d % (p - 1), half),
            DQ = Octets(d % (q - 1), half),
            InverseQ = Octets(Inverse(q, p), half),
        });
    }

    /// <summary>By Euclid's extended algorithm.</summary>
    private static BigInteger Inverse(BigInteger number, BigInteger modulus)
    {
        (BigInteger r, BigInteger next) = (modulus, number);
        (BigInteger t, BigInteger following) = (BigInteger.Zero, BigInteger.One);
        while (!next.IsZero)
        {
            BigInteger quotient = r / next;
            (r, next) = (next, r - (quotient * next));
            (t, following) = (following, t - (quotient * following));
        }

        return t < 0 ? t + modulus : t;
    }

    private static byte[] Octets(BigInteger number, int length)
    {
        byte[] octets = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[length - octets.Length], .. octets];
    }
}
