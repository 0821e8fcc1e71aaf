using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ptt.Web.Queue.Webhooks;

/// <summary>
/// The signature of Standard Webhooks: HMAC-SHA256 over <c>id.timestamp.body</c>, as <c>v1,&lt;base64&gt;</c>; several, with a space between,
/// while a secret changes over.
/// </summary>
internal static class WebhookSignature
{
    private const string Prefix = "whsec_";

    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    public static string Sign(IEnumerable<string> secrets, string id, DateTimeOffset timestamp, ReadOnlySpan<byte> body)
    {
        byte[] head = Encoding.UTF8.GetBytes($"{id}.{timestamp.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}.");
        byte[] signed = [.. head, .. body];
        return string.Join(' ', secrets.Select(s => "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(s[Prefix.Length..]), signed))));
    }
}
