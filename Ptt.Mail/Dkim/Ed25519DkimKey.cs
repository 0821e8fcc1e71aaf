using System.Security.Cryptography;
using Ptt.Dns;

namespace Ptt.Mail.Dkim;

/// <summary>Ed25519 by libcrypto (RFC 8032, RFC 8463). Signs and never shows its private half.</summary>
public sealed class Ed25519DkimKey : IDkimKey, IDisposable
{
    private readonly EvpKeyHandle _key;

    private Ed25519DkimKey(DomainName domain, string selector, EvpKeyHandle key)
    {
        Domain = domain;
        Selector = selector;
        _key = key;
        byte[] raw = new byte[32];
        nuint length = 32;
        LibCrypto.Check(LibCrypto.EVP_PKEY_get_raw_public_key(key, raw, ref length));
        PublicRecord = new KeyRecord { KeyType = DkimKeyType.Ed25519, PublicKey = raw };
    }

    public DomainName Domain { get; }

    public string Selector { get; }

    public DkimAlgorithm Algorithm => DkimAlgorithm.Ed25519Sha256;

    public KeyRecord PublicRecord { get; }

    /// <summary>From the 32 octets that RFC 8032 §5.1.5 calls the private key.</summary>
    public static Ed25519DkimKey FromSeed(DomainName domain, string selector, ReadOnlySpan<byte> seed) => seed.Length == 32
        ? new(domain, selector, LibCrypto.Check(LibCrypto.EVP_PKEY_new_raw_private_key(LibCrypto.Ed25519, 0, seed, 32)))
        : throw new CryptographicException("An Ed25519 private key has 32 octets.");

    // RFC 8463 §3: the SHA-256 of the header data is the message that PureEdDSA signs.
    public byte[] SignHash(ReadOnlySpan<byte> sha256)
    {
        byte[] signature = new byte[64];
        nuint length = 64;
        nint context = LibCrypto.Check(LibCrypto.EVP_MD_CTX_new());
        try
        {
            LibCrypto.Check(LibCrypto.EVP_DigestSignInit(context, 0, 0, 0, _key));
            LibCrypto.Check(LibCrypto.EVP_DigestSign(context, signature, ref length, sha256, (nuint)sha256.Length));
            return signature;
        }
        finally
        {
            LibCrypto.EVP_MD_CTX_free(context);
        }
    }

    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> signature)
    {
        using EvpKeyHandle key = LibCrypto.EVP_PKEY_new_raw_public_key(LibCrypto.Ed25519, 0, publicKey, (nuint)publicKey.Length);
        nint context = LibCrypto.Check(LibCrypto.EVP_MD_CTX_new());
        try
        {
            return !key.IsInvalid && LibCrypto.EVP_DigestVerifyInit(context, 0, 0, 0, key) == 1
                && LibCrypto.EVP_DigestVerify(context, signature, (nuint)signature.Length, octets, (nuint)octets.Length) == 1;
        }
        finally
        {
            LibCrypto.EVP_MD_CTX_free(context);
            LibCrypto.ERR_clear_error();
        }
    }

    public void Dispose() => _key.Dispose();
}
