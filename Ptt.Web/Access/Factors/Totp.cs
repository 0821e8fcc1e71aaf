using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ptt.Web.Access.Factors;

/// <summary>Six digits of the half minute (RFC 6238), as authenticator apps make them: SHA-1, 30 s, from a shared secret of 160 bits (RFC 4226 §4 R6).</summary>
internal static class Totp
{
    private const int Digits = 6;
    private const int SecretOctets = 20;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";   // RFC 4648 §6
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);   // RFC 6238 §4.1

    public static byte[] NewSecret() => RandomNumberGenerator.GetBytes(SecretOctets);

    public static long StepAt(DateTimeOffset now) => now.ToUnixTimeSeconds() / (long)Period.TotalSeconds;

    /// <summary>The half minute whose code this is: now, or one before or after (RFC 6238 §5.2), and later than <paramref name="used"/>; null when none fits.</summary>
    public static long? Fits(ReadOnlySpan<byte> secret, string code, DateTimeOffset now, long used)
    {
        byte[] given = Encoding.ASCII.GetBytes(code);
        long? found = null;
        for (long step = StepAt(now) - 1; step <= StepAt(now) + 1; step++)
        {
            bool fits = CryptographicOperations.FixedTimeEquals(given, Encoding.ASCII.GetBytes(At(secret, step)));
            found = fits && step > used ? step : found;   // §5.2: a code is good once
        }

        return found;
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5350", Justification = "RFC 6238 §1.2 and every authenticator app: HMAC-SHA-1, whose weaknesses do not touch HMAC.")]
    public static string At(ReadOnlySpan<byte> secret, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> mac = stackalloc byte[HMACSHA1.HashSizeInBytes];
        HMACSHA1.HashData(secret, counter, mac);
        int number = BinaryPrimitives.ReadInt32BigEndian(mac[(mac[^1] & 0xf)..]) & 0x7fffffff;   // RFC 4226 §5.3
        return (number % 1_000_000).ToString("D" + Digits, CultureInfo.InvariantCulture);
    }

    /// <summary>Base32 without padding, as people type it into an app.</summary>
    public static string Text(ReadOnlySpan<byte> secret)
    {
        var text = new StringBuilder();
        int held = 0;
        int bits = 0;
        foreach (byte octet in secret)
        {
            held = (held << 8) | octet;
            for (bits += 8; bits >= 5; bits -= 5)
            {
                text.Append(Alphabet[(held >> (bits - 5)) & 31]);
            }

            held &= (1 << bits) - 1;
        }

        return bits > 0 ? text.Append(Alphabet[(held << (5 - bits)) & 31]).ToString() : text.ToString();
    }

    /// <summary>What the picture says to an app: issuer, account and secret.</summary>
    public static string Address(string issuer, string person, ReadOnlySpan<byte> secret) =>
        $"otpauth://totp/{Uri.EscapeDataString(issuer)}:{Uri.EscapeDataString(person)}?secret={Text(secret)}&issuer={Uri.EscapeDataString(issuer)}";
}
