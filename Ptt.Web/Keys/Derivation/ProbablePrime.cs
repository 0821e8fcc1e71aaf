using System.Numerics;
using System.Security.Cryptography;

namespace Ptt.Web.Keys.Derivation;

/// <summary>The next prime after a number, by sieve and Miller-Rabin (Handbook of Applied Cryptography, 4.24).</summary>
internal static class ProbablePrime
{
    /// <summary>For numbers of 500 bits and more; fewer would do (Handbook, table 4.4).</summary>
    private const int Rounds = 8;

    private const int Window = 1 << 16;

    private static readonly int[] Small = SmallPrimes(Window);

    public static BigInteger After(BigInteger number)
    {
        for (BigInteger from = number + 1; ; from += Window)
        {
            var composite = new bool[Window];
            foreach (int prime in Small)
            {
                int first = (int)((prime - (from % prime)) % prime);
                for (int i = first; i < Window; i += prime)
                {
                    composite[i] |= from + i != prime;
                }
            }

            for (int i = 0; i < Window; i++)
            {
                if (!composite[i] && IsPrime(from + i))
                {
                    return from + i;
                }
            }
        }
    }

    private static bool IsPrime(BigInteger number)
    {
        if (number < 4)
        {
            return number > 1;
        }

        BigInteger odd = number - 1;
        int twos = 0;
        for (; odd.IsEven; twos++)
        {
            odd >>= 1;
        }

        if (!Passes(2))
        {
            return false;
        }

        for (int round = 1; round < Rounds; round++)
        {
            if (!Passes(new BigInteger(RandomNumberGenerator.GetBytes(number.GetByteCount()), isUnsigned: true) % (number - 3) + 2))
            {
                return false;
            }
        }

        return true;

        bool Passes(BigInteger witness)
        {
            BigInteger power = BigInteger.ModPow(witness, odd, number);
            for (int i = 0; i < twos; i++)
            {
                if (power == number - 1 || (i == 0 && power.IsOne))
                {
                    return true;
                }

                power = power * power % number;
            }

            return false;
        }
    }

    private static int[] SmallPrimes(int below)
    {
        var composite = new bool[below];
        var primes = new List<int>();
        for (int i = 2; i < below; i++)
        {
            if (!composite[i])
            {
                primes.Add(i);
                for (long multiple = (long)i * i; multiple < below; multiple += i)
                {
                    composite[multiple] = true;
                }
            }
        }

        return [.. primes];
    }
}
