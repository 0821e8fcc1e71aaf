using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ptt.Web.Users.Api;

/// <summary>Whether a call of the hook comes from who knows the secret, as the usual forges prove it.</summary>
internal static class WebhookSignature
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    public static bool IsGood(IHeaderDictionary headers, ReadOnlySpan<byte> body, string secret, DateTimeOffset now)
    {
        byte[] key = Encoding.UTF8.GetBytes(secret);
        byte[] mac = HMACSHA256.HashData(key, body);
        return One(headers, "X-Hub-Signature-256") is { } github ? IsHex(github.StartsWith("sha256=", StringComparison.Ordinal) ? github[7..] : "", mac)
            : One(headers, "X-Gitea-Signature") is { } gitea ? IsHex(gitea, mac)
            : One(headers, "X-Forgejo-Signature") is { } forgejo ? IsHex(forgejo, mac)
            : One(headers, "webhook-signature") is { } standard ? IsStandard(headers, standard, body, key, now)
            : One(headers, "X-Gitlab-Token") is { } gitlab && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(gitlab)), SHA256.HashData(key));
    }

    // Standard Webhooks, as GitLab's signing tokens: v1,<base64> over id.timestamp.body; several are set apart by spaces.
    private static bool IsStandard(IHeaderDictionary headers, string signatures, ReadOnlySpan<byte> body, byte[] key, DateTimeOffset now)
    {
        if (One(headers, "webhook-id") is not { } id || One(headers, "webhook-timestamp") is not { } stamp
            || !long.TryParse(stamp, NumberStyles.None, CultureInfo.InvariantCulture, out long at) || Math.Abs(now.ToUnixTimeSeconds() - at) > Tolerance.TotalSeconds)
        {
            return false;
        }

        byte[] mac = HMACSHA256.HashData(key, (byte[])[.. Encoding.UTF8.GetBytes($"{id}.{stamp}."), .. body]);
        string right = "v1," + Convert.ToBase64String(mac);
        return signatures.Split(' ').Any(s => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(s), Encoding.UTF8.GetBytes(right)));
    }

    private static bool IsHex(string text, byte[] mac) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(text.ToLowerInvariant()), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(mac)));

    private static string? One(IHeaderDictionary headers, string name) => headers[name] is [{ Length: > 0 } value] ? value : null;
}
