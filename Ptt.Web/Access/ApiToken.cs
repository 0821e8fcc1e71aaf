using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Ptt.Dns;

namespace Ptt.Web.Access;

/// <summary>An API token as it may be shown: never its secret. Empty <see cref="Domains"/>: not bound to any.</summary>
public sealed record ApiToken(
    string Id, string Name, IReadOnlyList<string> Scopes, IReadOnlyList<DomainName> Domains, string CreatedBy,
    DateTimeOffset Created, DateTimeOffset? Expires, DateTimeOffset? LastUsed);

/// <summary>The text that a program sends: <c>ptt_ID_SECRET</c>. The prefix lets scanners find one that leaked.</summary>
internal static class TokenText
{
    public static (string Id, string Text, byte[] Hash) Create()
    {
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        string secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return (id, $"ptt_{id}_{secret}", Hash(secret));
    }

    public static bool TrySplit(string text, [NotNullWhen(true)] out string? id, [NotNullWhen(true)] out string? secret)
    {
        (id, secret) = text.Split('_', 3) is ["ptt", { } i, { } s] ? (i, s) : (null, null);
        return id is not null;
    }

    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
