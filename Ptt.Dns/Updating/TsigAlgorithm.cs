using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Ptt.Dns.Updating;

/// <summary>The algorithms of RFC 8945 §6, each with its name on the wire.</summary>
public sealed class TsigAlgorithm
{
    private readonly Func<byte[], byte[], byte[]> _mac;

    private TsigAlgorithm(string shortName, string wireName, int length, bool isWeak, Func<byte[], byte[], byte[]> mac)
    {
        (ShortName, WireName, Length, IsWeak, _mac) = (shortName, DomainName.Parse(wireName), length, isWeak, mac);
    }

    public static TsigAlgorithm HmacMd5 { get; } = new("MD5", "hmac-md5.sig-alg.reg.int", 16, isWeak: true, Md5);

    public static TsigAlgorithm HmacSha1 { get; } = new("SHA1", "hmac-sha1", 20, isWeak: true, Sha1);

    public static TsigAlgorithm HmacSha224 { get; } = new("SHA224", "hmac-sha224", 28, isWeak: false, Sha224.Hmac);

    public static TsigAlgorithm HmacSha256 { get; } = new("SHA256", "hmac-sha256", 32, isWeak: false, HMACSHA256.HashData);

    public static TsigAlgorithm HmacSha384 { get; } = new("SHA384", "hmac-sha384", 48, isWeak: false, HMACSHA384.HashData);

    public static TsigAlgorithm HmacSha512 { get; } = new("SHA512", "hmac-sha512", 64, isWeak: false, HMACSHA512.HashData);

    public static IReadOnlyList<TsigAlgorithm> All { get; } = [HmacMd5, HmacSha1, HmacSha224, HmacSha256, HmacSha384, HmacSha512];

    /// <summary>As in <c>NAME:ALGORITHM:BASE64</c>.</summary>
    public string ShortName { get; }

    public DomainName WireName { get; }

    /// <summary>Of a whole MAC, in octets. Shortened ones are not taken (RFC 8945 §5.2.2.1 leaves that to us).</summary>
    public int Length { get; }

    /// <summary>MD5 and SHA-1 are for servers that know nothing newer, and only when someone says so.</summary>
    public bool IsWeak { get; }

    /// <summary>Takes <c>SHA256</c>, <c>sha-256</c> and <c>hmac-sha256</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TsigAlgorithm? algorithm)
    {
        string bare = text.ToUpperInvariant().Replace("HMAC", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        algorithm = All.FirstOrDefault(a => a.ShortName == bare) ?? (DomainName.TryParse(text, out DomainName name) ? Find(name) : null);
        return algorithm is not null;
    }

    public static TsigAlgorithm? Find(DomainName wireName) => All.FirstOrDefault(a => a.WireName == wireName);

    public byte[] Mac(byte[] key, byte[] octets) => _mac(key, octets);

    public override string ToString() => ShortName;

    [SuppressMessage("Security", "CA5351", Justification = "RFC 8945 §6: old servers; only by the administrator's explicit choice.")]
    private static byte[] Md5(byte[] key, byte[] octets) => HMACMD5.HashData(key, octets);

    [SuppressMessage("Security", "CA5350", Justification = "RFC 8945 §6: old servers; only by the administrator's explicit choice.")]
    private static byte[] Sha1(byte[] key, byte[] octets) => HMACSHA1.HashData(key, octets);
}
