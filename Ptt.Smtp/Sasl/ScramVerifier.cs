using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ptt.Smtp.Sasl;

/// <summary>
/// What is stored instead of a password (RFC 5802 §3, RFC 7677): enough to check one, not enough to log in elsewhere. Text
/// form: <c>SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey</c>, each in base64.
/// </summary>
public sealed record ScramVerifier(int Iterations, ReadOnlyMemory<byte> Salt, ReadOnlyMemory<byte> StoredKey, ReadOnlyMemory<byte> ServerKey)
{
    public const int DefaultIterations = 100_000;

    private const string Prefix = "SCRAM-SHA-256$";

    /// <summary>The password is an OpaqueString (RFC 8265 §4.2): NFC before it is hashed.</summary>
    public static ScramVerifier Create(string password, int iterations = DefaultIterations) =>
        Derive(password, RandomNumberGenerator.GetBytes(16), iterations);

    public static ScramVerifier Derive(string password, ReadOnlySpan<byte> salt, int iterations)
    {
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormC)), salt, iterations, HashAlgorithmName.SHA256, 32);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        return new(iterations, salt.ToArray(), SHA256.HashData(clientKey), HMACSHA256.HashData(salted, "Server Key"u8));
    }

    /// <summary>Costs the whole derivation: 20 ms or more.</summary>
    public bool Verify(string password) =>
        CryptographicOperations.FixedTimeEquals(Derive(password, Salt.Span, Iterations).StoredKey.Span, StoredKey.Span);

    public static bool TryParse(string? text, [NotNullWhen(true)] out ScramVerifier? verifier)
    {
        verifier = null;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || text[Prefix.Length..].Split('$') is not [{ } head, { } keys]
            || head.Split(':') is not [{ } count, { } salt]
            || keys.Split(':') is not [{ } stored, { } server]
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int iterations) || iterations is < 4096 or > 10_000_000)
        {
            return false;
        }

        try
        {
            verifier = new(iterations, Convert.FromBase64String(salt), Convert.FromBase64String(stored), Convert.FromBase64String(server));
            return verifier is { Salt.Length: > 0, StoredKey.Length: 32, ServerKey.Length: 32 };
        }
        catch (FormatException)
        {
            return false;
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Prefix}{Iterations}:{Convert.ToBase64String(Salt.Span)}${Convert.ToBase64String(StoredKey.Span)}:{Convert.ToBase64String(ServerKey.Span)}");
}
