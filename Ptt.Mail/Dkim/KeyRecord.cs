using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Ptt.Mail.Dkim;

/// <summary>k= of a key record.</summary>
public enum DkimKeyType
{
    Rsa,
    Ed25519,
}

/// <summary>The public half of a key as DNS shows it: a TXT record at <c>selector._domainkey.domain</c> (RFC 6376 §3.6.1).</summary>
public sealed record KeyRecord
{
    public required DkimKeyType KeyType { get; init; }

    /// <summary>SubjectPublicKeyInfo for RSA, 32 octets for Ed25519 (RFC 8463 §4). Empty: the key is revoked.</summary>
    public required ReadOnlyMemory<byte> PublicKey { get; init; }

    /// <summary>h=; null allows every hash.</summary>
    public string? Hashes { get; init; }

    /// <summary>s=; <c>*</c> or <c>email</c> make the key good for mail.</summary>
    public string Services { get; init; } = "*";

    /// <summary>t=: <c>y</c> is testing, <c>s</c> binds i= to d= exactly.</summary>
    public string Flags { get; init; } = "";

    public bool IsRevoked => PublicKey.IsEmpty;

    public static bool TryParse(string text, [NotNullWhen(true)] out KeyRecord? record)
    {
        record = null;
        if (!TagList.TryParse(Encoding.Latin1.GetBytes(text), out TagList? tags)
            || tags.Compact("p") is not { } base64
            || (tags["v"] is { } version && (version != "DKIM1" || tags.First != "v")))   // §3.6.1: must be the first tag
        {
            return false;
        }

        DkimKeyType? type = (tags["k"] ?? "rsa") switch
        {
            "rsa" => DkimKeyType.Rsa,
            "ed25519" => DkimKeyType.Ed25519,
            _ => null,
        };
        byte[] key = new byte[base64.Length];
        if (type is null || !Convert.TryFromBase64String(base64, key, out int length))
        {
            return false;
        }

        record = new KeyRecord
        {
            KeyType = type.Value,
            PublicKey = key.AsMemory(0, length),
            Hashes = tags.Compact("h"),
            Services = tags.Compact("s") ?? "*",
            Flags = tags.Compact("t") ?? "",
        };
        return true;
    }

    /// <summary>The same record with <c>p=</c> empty: what tells verifiers that the key is withdrawn.</summary>
    public KeyRecord Revoked() => this with { PublicKey = ReadOnlyMemory<byte>.Empty };

    /// <summary>Whether this key made <paramref name="signature"/> over the hash. False too for a key that cannot be read.</summary>
    public bool Verify(ReadOnlySpan<byte> sha256, ReadOnlySpan<byte> signature)
    {
        if (KeyType == DkimKeyType.Ed25519)
        {
            return Ed25519DkimKey.Verify(PublicKey.Span, sha256, signature);
        }

        using RSA? rsa = ReadRsa();
        return rsa is not null && rsa.VerifyHash(sha256, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    /// <summary>Of an RSA key, its modulus; 256 for Ed25519; 0 when the key cannot be read.</summary>
    public int Bits()
    {
        if (KeyType == DkimKeyType.Ed25519)
        {
            return PublicKey.Length == 32 ? 256 : 0;
        }

        using RSA? rsa = ReadRsa();
        return rsa?.KeySize ?? 0;
    }

    public bool Equals(KeyRecord? other) => other is not null && KeyType == other.KeyType && PublicKey.Span.SequenceEqual(other.PublicKey.Span)
        && Hashes == other.Hashes && Services == other.Services && Flags == other.Flags;

    public override int GetHashCode() => HashCode.Combine(KeyType, PublicKey.Length, Flags);

    /// <summary>The text of the TXT record.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("v=DKIM1; ");
        text.Append(KeyType == DkimKeyType.Ed25519 ? "k=ed25519; " : "k=rsa; ");
        text.Append(Hashes is null ? "" : $"h={Hashes}; ").Append(Services == "*" ? "" : $"s={Services}; ").Append(Flags.Length == 0 ? "" : $"t={Flags}; ");
        return text.Append("p=").Append(Convert.ToBase64String(PublicKey.Span)).ToString();
    }

    // RFC 6376 names RSAPublicKey, everyone publishes SubjectPublicKeyInfo: both are read.
    private RSA? ReadRsa()
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportSubjectPublicKeyInfo(PublicKey.Span, out _);
            return rsa;
        }
        catch (CryptographicException)
        {
            try
            {
                rsa.ImportRSAPublicKey(PublicKey.Span, out _);
                return rsa;
            }
            catch (CryptographicException)
            {
                rsa.Dispose();
                return null;
            }
        }
    }
}
