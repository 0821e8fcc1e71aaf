using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Ptt.Web.Acme;

/// <summary>The flattened form of RFC 7515 §7.2.2, the only one that RFC 8555 §6.2 knows.</summary>
internal sealed record Jws(string Protected, string Payload, string Signature)
{
    /// <summary><paramref name="payload"/> empty is POST-as-GET (RFC 8555 §6.3).</summary>
    public static Jws Sign(JwsHeader header, ReadOnlySpan<byte> payload, Func<byte[], byte[]> sign)
    {
        string head = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header, AcmeJson.Default.JwsHeader));
        string body = Base64Url.EncodeToString(payload);
        return new Jws(head, body, Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes($"{head}.{body}"))));
    }
}

/// <summary>RFC 8555 §6.2: either the key itself or the account that it belongs to.</summary>
internal sealed record JwsHeader(string Alg, string? Nonce, Uri Url, Jwk? Jwk, string? Kid);

/// <summary>A P-256 public key (RFC 7518 §6.2). The members stand in the order of RFC 7638 §3.3: lexicographic.</summary>
internal sealed record Jwk(string Crv, string Kty, string X, string Y)
{
    public static Jwk Of(ECDsa key)
    {
        ECPoint point = key.ExportParameters(includePrivateParameters: false).Q;
        return new Jwk("P-256", "EC", Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
    }

    /// <summary>RFC 7638 §3.</summary>
    public string Thumbprint() => Base64Url.EncodeToString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, AcmeJson.Default.Jwk)));
}
