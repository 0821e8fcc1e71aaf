using System.Security.Cryptography;
using Ptt.Dns;

namespace Ptt.Mail.Dkim;

/// <summary>RSA with PKCS #1 v1.5 (RFC 6376 §3.3.1). Signs and never shows its private half.</summary>
public sealed class RsaDkimKey : IDkimKey, IDisposable
{
    private readonly RSA _rsa;

    /// <summary>Takes over <paramref name="rsa"/>. Fewer than 1024 bits are refused (RFC 8301 §3.2).</summary>
    public RsaDkimKey(DomainName domain, string selector, RSA rsa)
    {
        if (rsa.KeySize < 1024)
        {
            throw new CryptographicException("RFC 8301 asks for 1024 bits at least.");
        }

        Domain = domain;
        Selector = selector;
        _rsa = rsa;
        PublicRecord = new KeyRecord { KeyType = DkimKeyType.Rsa, PublicKey = rsa.ExportSubjectPublicKeyInfo() };
        rsa.SignHash(new byte[32], HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);   // proves the key, and loads it before threads share it
    }

    public DomainName Domain { get; }

    public string Selector { get; }

    public DkimAlgorithm Algorithm => DkimAlgorithm.RsaSha256;

    public KeyRecord PublicRecord { get; }

    public int Bits => _rsa.KeySize;

    public byte[] SignHash(ReadOnlySpan<byte> sha256) => _rsa.SignHash(sha256, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public void Dispose() => _rsa.Dispose();
}
