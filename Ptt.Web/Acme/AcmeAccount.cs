using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Ptt.Web.Acme;

/// <summary>Our account at the authority (RFC 8555 §7.3), and requests in its name.</summary>
internal sealed class AcmeAccount(AcmeClient client, ECDsa key, Uri url, TimeProvider time)
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>Makes the account, or finds it by its key: the authority answers the same to both (§7.3.1).</summary>
    public static async ValueTask<AcmeResult<AcmeAccount>> OpenAsync(
        AcmeClient client, AcmeDirectory directory, ECDsa key, AcmeOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        Jws? binding = null;
        if (options.ExternalAccountId.Length > 0)                          // §7.3.4
        {
            byte[] secret = Base64Url.DecodeFromChars(options.ExternalAccountKey);
            binding = Jws.Sign(
                new JwsHeader("HS256", null, directory.NewAccount, null, options.ExternalAccountId),
                JsonSerializer.SerializeToUtf8Bytes(Jwk.Of(key), AcmeJson.Default.Jwk), octets => HMACSHA256.HashData(secret, octets));
        }

        var account = new NewAccount(options.AcceptTerms, options.Contacts.Count == 0 ? null : [.. options.Contacts.Select(c => "mailto:" + c)], binding);
        AcmeResult<AcmeAnswer> answer = await client.PostAsync(
            key, null, directory.NewAccount, JsonSerializer.SerializeToUtf8Bytes(account, AcmeJson.Default.NewAccount), cancellationToken);
        return answer switch
        {
            { Failure: { } failure } => failure,
            { Value.Location: { } url } => new AcmeAccount(client, key, url, time),
            _ => new AcmeFailure("The authority names no account"),
        };
    }

    /// <summary>RFC 8555 §8.1, hashed for DNS as §8.4 says.</summary>
    public string DnsProof(string token) => Base64Url.EncodeToString(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes($"{token}.{Jwk.Of(key).Thumbprint()}")));

    public ValueTask<AcmeResult<AcmeAnswer>> PostAsync(Uri to, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        client.PostAsync(key, url, to, payload, cancellationToken);

    /// <summary>POST-as-GET (§6.3).</summary>
    public async ValueTask<AcmeResult<T>> GetAsync<T>(Uri from, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        AcmeResult<AcmeAnswer> answer = await PostAsync(from, default, cancellationToken);
        return answer.Value is { } got ? AcmeClient.Read(got, type) : answer.Failure!;
    }

    /// <summary>Asks again until it <paramref name="isDone"/>, at the pace that the authority names (§7.5.1).</summary>
    public async ValueTask<AcmeResult<T>> AwaitAsync<T>(Uri from, JsonTypeInfo<T> type, Func<T, bool> isDone, TimeSpan patience, CancellationToken cancellationToken) where T : class
    {
        DateTimeOffset until = time.GetUtcNow() + patience;
        while (true)
        {
            AcmeResult<AcmeAnswer> answer = await PostAsync(from, default, cancellationToken);
            AcmeResult<T> result = answer.Value is { } got ? AcmeClient.Read(got, type) : answer.Failure!;
            if (result.Value is not { } value || isDone(value))
            {
                return result;
            }

            TimeSpan pause = answer.Value?.RetryAfter is { } told && told > TimeSpan.Zero ? (told < LongestPause ? told : LongestPause) : AskEvery;
            if (time.GetUtcNow() + pause > until)
            {
                return new AcmeFailure($"{from}: not done after {patience}");
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }
}
