using System.Security.Cryptography;
using System.Text;

namespace Ptt.Web.Shell.Sessions;

/// <summary>One signed-in browser. The key lies in its cookie; here is only its digest.</summary>
public sealed record Session
{
    /// <summary>For lists and buttons; not the key.</summary>
    public required string Id { get; init; }

    public required string KeyDigest { get; init; }

    /// <summary>The user's address, or <see cref="SetUp"/>.</summary>
    public required string Person { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>What the person showed: password, password+code, password+recovery-code, passkey, openid or link.</summary>
    public string How { get; init; } = "password";

    /// <summary>What <see cref="Access.IPeople.CredentialOf"/> said when it was opened; null for one of before that was asked.</summary>
    public string? Credential { get; init; }

    public string? Client { get; init; }

    public string? UserAgent { get; init; }

    /// <summary>Who came by the one-time link: an administrator before there is one.</summary>
    public const string SetUp = "setup";

    public static string Digest(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
