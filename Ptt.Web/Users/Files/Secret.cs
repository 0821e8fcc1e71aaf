using System.Security.Cryptography;
using System.Text;
using Ptt.Smtp.Sasl;

namespace Ptt.Web.Users.Files;

/// <summary>The verifiers that a user's file may hold.</summary>
internal static class Secret
{
    /// <summary>The seed's unsalted digest, imported; good for one login, which replaces it.</summary>
    public const string Blake2bPrefix = "BLAKE2b$";

    public static bool IsVerifier(string text) => ScramVerifier.TryParse(text, out _) || IsBlake2b(text);

    public static bool IsBlake2b(string text) =>
        text.StartsWith(Blake2bPrefix, StringComparison.Ordinal) && text.Length == Blake2bPrefix.Length + 128 && text[Blake2bPrefix.Length..].All(char.IsAsciiHexDigit);

    public static bool FitsBlake2b(string verifier, string password) =>
        IsBlake2b(verifier) && CryptographicOperations.FixedTimeEquals(
            Blake2b.Hash(Encoding.UTF8.GetBytes(password)), Convert.FromHexString(verifier[Blake2bPrefix.Length..]));
}
