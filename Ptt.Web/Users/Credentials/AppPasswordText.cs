using System.Security.Cryptography;

namespace Ptt.Web.Users.Credentials;

/// <summary>
/// A generated password: five groups of five letters and digits, of which the first group is its id and the others 100 random
/// bits. The id says which verifier to try, so that a wrong password costs one derivation however many there are.
/// </summary>
internal static class AppPasswordText
{
    private const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789z";   // 32, without i, l, o, 0, 1

    public static (string Id, string Text) Create()
    {
        string[] groups = [.. Enumerable.Range(0, 5).Select(_ => RandomNumberGenerator.GetString(Alphabet, 5))];
        return (groups[0], string.Join('-', groups));
    }

    public static string? IdOf(string password) =>
        password.Length == 29 && password[5] == '-' && password[11] == '-' && password[17] == '-' && password[23] == '-' ? password[..5] : null;
}
