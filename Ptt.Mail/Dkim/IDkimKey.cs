using Ptt.Dns;

namespace Ptt.Mail.Dkim;

/// <summary>A key that signs and never shows itself (RFC 6376 §3.3, RFC 8463).</summary>
public interface IDkimKey
{
    /// <summary>d= of the signature.</summary>
    DomainName Domain { get; }

    /// <summary>s= of the signature.</summary>
    string Selector { get; }

    DkimAlgorithm Algorithm { get; }

    /// <summary>Signs the SHA-256 of the header data: PKCS #1 v1.5 for RSA, the hash as the message for Ed25519. Callable from any thread.</summary>
    byte[] SignHash(ReadOnlySpan<byte> sha256);
}

/// <summary>a= of the signature.</summary>
public enum DkimAlgorithm
{
    RsaSha256,
    Ed25519Sha256,
}
