using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using Ptt.Dns;
using Ptt.Mail.Dkim;
using Ptt.Web.Keys.Rings;

namespace Ptt.Web.Keys.Vault;

/// <summary>Private keys as PKCS #8 (RFC 5958, RFC 8410), in the clear or encrypted (PBES2, AES-256).</summary>
internal static class PrivateKeyForm
{
    private const int Rounds = 200_000;

    // SEQUENCE { version 0, AlgorithmIdentifier 1.3.101.112, OCTET STRING { OCTET STRING of 32 } } (RFC 8410 §7)
    private static ReadOnlySpan<byte> Ed25519Front =>
        [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

    /// <summary>A new key. The caller clears the octets when they are written.</summary>
    public static byte[] Generate(KeyKind kind)
    {
        if (kind.Type == DkimKeyType.Rsa)
        {
            using var rsa = RSA.Create(kind.Bits);
            return rsa.ExportPkcs8PrivateKey();
        }

        byte[] pkcs8 = [.. Ed25519Front, .. new byte[32]];
        RandomNumberGenerator.Fill(pkcs8.AsSpan(Ed25519Front.Length));
        return pkcs8;
    }

    public static IDkimKey Open(DomainName domain, string selector, byte[] pkcs8)
    {
        if (pkcs8.AsSpan().StartsWith(Ed25519Front) && pkcs8.Length == Ed25519Front.Length + 32)
        {
            return Ed25519DkimKey.FromSeed(domain, selector, pkcs8.AsSpan(Ed25519Front.Length));
        }

        Pkcs8PrivateKeyInfo info = Pkcs8PrivateKeyInfo.Decode(pkcs8, out _);
        if (info.AlgorithmId.Value == "1.3.101.112" && info.PrivateKeyBytes.Length == 34)
        {
            return Ed25519DkimKey.FromSeed(domain, selector, info.PrivateKeyBytes.Span[2..]);   // with a public key or attributes behind (RFC 5958)
        }

        var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(pkcs8, out _);
        return new RsaDkimKey(domain, selector, rsa);
    }

    public static string ToPem(byte[] pkcs8, string passphrase)
    {
        if (passphrase.Length == 0)
        {
            return PemEncoding.WriteString("PRIVATE KEY", pkcs8) + "\n";
        }

        byte[] encrypted = Pkcs8PrivateKeyInfo.Decode(pkcs8, out _).Encrypt(
            passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Rounds));
        return PemEncoding.WriteString("ENCRYPTED PRIVATE KEY", encrypted) + "\n";
    }

    /// <summary>Throws <see cref="CryptographicException"/> for what is no key or has another passphrase.</summary>
    public static byte[] FromPem(string pem, string passphrase)
    {
        if (!PemEncoding.TryFind(pem, out PemFields fields))
        {
            throw new CryptographicException("The file is not PEM.");
        }

        byte[] octets = Convert.FromBase64String(pem[fields.Base64Data]);
        return pem[fields.Label] == "ENCRYPTED PRIVATE KEY"
            ? Pkcs8PrivateKeyInfo.DecryptAndDecode(passphrase, octets, out _).Encode()
            : octets;
    }
}
