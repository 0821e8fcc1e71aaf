using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Ptt.Web.Users.Credentials;

/// <summary>
/// Remembers for some minutes that a secret fitted a verifier, so that a busy client costs one derivation and not one for each
/// connection. Holds a keyed hash of the secret, under a key that lives as long as the process. An entry counts only for the very
/// verifier that it was proven against: a changed user is asked anew.
/// </summary>
internal sealed class VerifiedCredentials(TimeProvider time)
{
    private const int MaxEntries = 50_000;

    private static readonly TimeSpan KeepFor = TimeSpan.FromMinutes(5);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public bool Knows(string verifier, string password) =>
        _entries.TryGetValue(verifier, out Entry? entry) && time.GetElapsedTime(entry.At) < KeepFor
        && CryptographicOperations.FixedTimeEquals(entry.Hash, Hash(verifier, password));

    public void Remember(string verifier, string password)
    {
        if (_entries.Count >= MaxEntries)
        {
            foreach ((string old, Entry entry) in _entries)
            {
                if (time.GetElapsedTime(entry.At) >= KeepFor || _entries.Count >= MaxEntries)
                {
                    _entries.TryRemove(old, out _);
                }
            }
        }

        _entries[verifier] = new Entry(Hash(verifier, password), time.GetTimestamp());
    }

    private byte[] Hash(string verifier, string password) => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{verifier}\0{password.Normalize()}"));

    private sealed record Entry(byte[] Hash, long At);
}
