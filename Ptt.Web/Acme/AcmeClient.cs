using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Ptt.Web.Acme;

/// <summary>
/// Signed requests to an ACME server (RFC 8555 §6): nonces are kept and replaced, a bad one is tried again with the one that came back. It knows no
/// orders and no accounts; <see cref="CertificateOrder"/> speaks through it. One conversation at a time.
/// </summary>
internal sealed class AcmeClient(HttpClient http, Uri directory, TimeProvider time)
{
    // A server that refuses half of all nonces is still understood; one that refuses all of them is not asked for ever.
    private const int MaxBadNonces = 25;

    private AcmeDirectory? _directory;
    private string? _nonce;

    public async ValueTask<AcmeResult<AcmeDirectory>> DirectoryAsync(CancellationToken cancellationToken)
    {
        if (_directory is not null)
        {
            return _directory;
        }

        AcmeResult<AcmeDirectory> result = await GetAsync(directory, AcmeJson.Default.AcmeDirectory, cancellationToken);
        _directory = result.Value;
        return result;
    }

    /// <summary>An unsigned GET: the directory and renewal information only (§6.3).</summary>
    public async ValueTask<AcmeResult<T>> GetAsync<T>(Uri url, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        AcmeResult<AcmeAnswer> answer = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, url), cancellationToken);
        return answer.Value is { } got ? Read(got, type) : answer.Failure!;
    }

    /// <summary><paramref name="account"/> null: signed with the key itself, as a new account is (§6.2). <paramref name="payload"/> empty: POST-as-GET.</summary>
    public async ValueTask<AcmeResult<AcmeAnswer>> PostAsync(ECDsa key, Uri? account, Uri url, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        for (int tries = 0; ; tries++)
        {
            if (await NonceAsync(cancellationToken) is { Failure: { } none })
            {
                return none;
            }

            string nonce = Interlocked.Exchange(ref _nonce, null)!;
            var header = new JwsHeader("ES256", nonce, url, account is null ? Jwk.Of(key) : null, account?.AbsoluteUri);
            Jws jws = Jws.Sign(header, payload.Span, octets => key.SignData(octets, HashAlgorithmName.SHA256));
            AcmeResult<AcmeAnswer> answer = await SendAsync(() => new HttpRequestMessage(HttpMethod.Post, url)
            {
                Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(jws, AcmeJson.Default.Jws)) { Headers = { ContentType = new("application/jose+json") } },
            }, cancellationToken);
            if (answer.Failure is not { Type: "badNonce" } || tries >= MaxBadNonces)   // §6.5: try again with the nonce of the refusal
            {
                return answer;
            }
        }
    }

    public async ValueTask<AcmeResult<T>> PostAsync<T>(
        ECDsa key, Uri account, Uri url, ReadOnlyMemory<byte> payload, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class
    {
        AcmeResult<AcmeAnswer> answer = await PostAsync(key, account, url, payload, cancellationToken);
        return answer.Value is { } got ? Read(got, type) : answer.Failure!;
    }

    public static AcmeResult<T> Read<T>(AcmeAnswer answer, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(answer.Body, type) is { } value ? value : new AcmeFailure($"{answer.From}: an empty answer");
        }
        catch (JsonException fault)
        {
            return new AcmeFailure($"{answer.From}: not understood ({fault.Message})");
        }
    }

    private async ValueTask<AcmeResult<string>> NonceAsync(CancellationToken cancellationToken)
    {
        if (_nonce is null)
        {
            AcmeResult<AcmeDirectory> known = await DirectoryAsync(cancellationToken);
            if (known.Value is not { } endPoints)
            {
                return known.Failure!;
            }

            AcmeResult<AcmeAnswer> answer = await SendAsync(() => new HttpRequestMessage(HttpMethod.Head, endPoints.NewNonce), cancellationToken);   // §7.2
            if (answer.Failure is { } failure)
            {
                return failure;
            }
        }

        return _nonce is { } nonce ? nonce : new AcmeFailure("The authority gives no nonce");
    }

    private async ValueTask<AcmeResult<AcmeAnswer>> SendAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = make();
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Ptt", "1"));                    // §6.1
        string where = request.RequestUri!.AbsoluteUri;
        try
        {
            using HttpResponseMessage response = await http.SendAsync(request, cancellationToken);
            if (response.Headers.TryGetValues("Replay-Nonce", out IEnumerable<string>? nonces))   // §6.5.1: also on errors
            {
                _nonce = nonces.First();
            }

            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            TimeSpan? retryAfter = response.Headers.RetryAfter is { } told ? told.Delta ?? told.Date - time.GetUtcNow() : null;
            return response.IsSuccessStatusCode
                ? new AcmeAnswer(where, body, response.Headers.Location, retryAfter)
                : AcmeFailure.Of(Problem(body), where, retryAfter) is { Type: not null } named ? named : new AcmeFailure($"{where}: HTTP {(int)response.StatusCode}", null, retryAfter);
        }
        catch (HttpRequestException fault)
        {
            return new AcmeFailure($"{where}: {fault.InnerException?.Message ?? fault.Message}");
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new AcmeFailure($"{where}: no answer in time");
        }
    }

    private static AcmeProblem? Problem(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, AcmeJson.Default.AcmeProblem);
        }
        catch (JsonException)
        {
            return null;   // some proxy's page
        }
    }
}

/// <param name="From">Whose answer it is, for messages.</param>
internal sealed record AcmeAnswer(string From, byte[] Body, Uri? Location, TimeSpan? RetryAfter)
{
    public string Text => Encoding.UTF8.GetString(Body);
}
