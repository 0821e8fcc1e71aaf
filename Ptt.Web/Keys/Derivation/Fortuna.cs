using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Ptt.Web.Keys.Derivation;

/// <summary>
/// The generator of Ferguson and Schneier's Fortuna, seeded once: AES-256 over a counter, with a new key after each request. It makes of a seed the same octets that
/// mirage-crypto makes, and is used for nothing else.
/// </summary>
internal sealed class Fortuna
{
    private const int Block = 16;
    private const int KeyLength = 32;
    private const int LargestRequest = 0x10000;

    private byte[] _key;
    private UInt128 _counter = 1;

    public Fortuna(ReadOnlySpan<byte> seed)
    {
        // A reseeding: SHA-256 twice over the old key, all zeros at first, and the seed.
        _key = SHA256.HashData(SHA256.HashData([.. new byte[KeyLength], .. seed]));
    }

    public byte[] Generate(int count)
    {
        var octets = new List<byte>(count);
        for (int left = count; left > 0; left -= LargestRequest)
        {
            octets.AddRange(Request(Math.Min(left, LargestRequest)));
        }

        return [.. octets];
    }

    private byte[] Request(int count)
    {
        int blocks = ((count + Block - 1) / Block) + (KeyLength / Block);
        byte[] counters = new byte[blocks * Block];
        for (int i = 0; i < blocks; i++)
        {
            BinaryPrimitives.WriteUInt128BigEndian(counters.AsSpan(i * Block), _counter++);
        }

        using var aes = Aes.Create();
        aes.Key = _key;
        byte[] stream = aes.EncryptEcb(counters, PaddingMode.None);
        _key = stream[^KeyLength..];
        return stream[..count];
    }
}
