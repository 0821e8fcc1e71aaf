using System.Collections.Concurrent;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Ptt.Web.Configuration;

namespace Ptt.Web.Http;

/// <summary>
/// Idempotency-Key on POST (draft-ietf-httpapi-idempotency-key-header): the first answer is kept for 24 hours and given again to
/// the same request of the same caller. Another body under the same key is 422, a first request that still runs is 409. What
/// failed on our side (5xx, 429) is not kept: it may be tried again.
/// </summary>
internal sealed partial class Idempotency(IDbContextFactory<IdempotencyDb> databases, TimeProvider time, ILogger<Idempotency> logger)
{
    private static readonly TimeSpan KeepFor = TimeSpan.FromHours(24);
    private static readonly string[] KeptFields = ["Content-Type", "Location", "ETag"];

    private readonly ConcurrentDictionary<string, bool> _running = new();
    private readonly SemaphoreSlim _opening = new(1, 1);
    private bool _open;

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        string? given = http.Request.Headers["Idempotency-Key"].ToString() is { Length: > 0 } text ? text : null;
        if (given is null || !HttpMethods.IsPost(http.Request.Method))
        {
            await next(http);
            return;
        }

        if (given.Length > 255)
        {
            await Problems.Malformed("The Idempotency-Key is longer than 255 characters.").ExecuteAsync(http);
            return;
        }

        http.Request.EnableBuffering();
        byte[] request = await SHA256.HashDataAsync(http.Request.Body, http.RequestAborted);
        http.Request.Body.Position = 0;
        string caller = http.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? http.User.Identity?.Name ?? "";
        byte[] secret = Encoding.UTF8.GetBytes($"{caller}\n{http.Request.Path}{http.Request.QueryString}\n{given}");
        string key = Convert.ToHexStringLower(SHA256.HashData([.. "key\n"u8, .. secret]));
        if (!_running.TryAdd(key, true))
        {
            await Problems.Of(ProblemType.KeyInUse).ExecuteAsync(http);
            return;
        }

        try
        {
            await OpenAsync(http.RequestAborted);
            if (await FindAsync(key, http.RequestAborted) is { } kept)
            {
                await (CryptographicOperations.FixedTimeEquals(kept.Request, request)
                    ? RepeatAsync(http, Unseal(kept.Sealed, secret))
                    : Problems.Of(ProblemType.KeyReused).ExecuteAsync(http));
                return;
            }

            await RunAndKeepAsync(http, next, key, request, secret);
        }
        finally
        {
            _running.TryRemove(key, out _);
        }
    }

    private async Task RunAndKeepAsync(HttpContext http, RequestDelegate next, string key, byte[] request, byte[] secret)
    {
        Stream wire = http.Response.Body;
        using var memory = new MemoryStream();
        http.Response.Body = memory;
        try
        {
            await next(http);
        }
        finally
        {
            http.Response.Body = wire;
        }

        int status = http.Response.StatusCode;
        if (status is < 500 and not (401 or 403 or 429))
        {
            var fields = KeptFields.Where(f => http.Response.Headers.ContainsKey(f)).ToDictionary(f => f, f => http.Response.Headers[f].ToString());
            byte[] answer = Seal(JsonSerializer.SerializeToUtf8Bytes(new Answer(status, fields, memory.ToArray())), secret);
            try
            {
                // The work is done: the answer is kept even if the caller has gone.
                await KeepAsync(new KeptAnswer { Key = key, Request = request, Sealed = answer, At = time.GetUtcNow().ToUnixTimeSeconds() });
            }
            catch (Exception fault) when (fault is DbUpdateException or Microsoft.Data.Sqlite.SqliteException)
            {
                AnswerNotKept(fault);
            }
        }

        memory.Position = 0;
        await memory.CopyToAsync(wire, http.RequestAborted);
    }

    private static async Task RepeatAsync(HttpContext http, Answer answer)
    {
        http.Response.StatusCode = answer.Status;
        foreach ((string name, string value) in answer.Fields)
        {
            http.Response.Headers[name] = value;
        }

        http.Response.Headers["Idempotency-Replayed"] = "true";
        await http.Response.Body.WriteAsync(answer.Body, http.RequestAborted);
    }

    private async Task<KeptAnswer?> FindAsync(string key, CancellationToken cancellationToken)
    {
        await using IdempotencyDb db = await databases.CreateDbContextAsync(cancellationToken);
        long oldest = (time.GetUtcNow() - KeepFor).ToUnixTimeSeconds();
        return await db.Answers.AsNoTracking().FirstOrDefaultAsync(a => a.Key == key && a.At >= oldest, cancellationToken);
    }

    private async Task KeepAsync(KeptAnswer answer)
    {
        await using IdempotencyDb db = await databases.CreateDbContextAsync();
        long oldest = (time.GetUtcNow() - KeepFor).ToUnixTimeSeconds();
        await db.Answers.Where(a => a.At < oldest || a.Key == answer.Key).ExecuteDeleteAsync();
        db.Answers.Add(answer);
        await db.SaveChangesAsync();
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_open)
        {
            return;
        }

        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (!_open)
            {
                await using IdempotencyDb db = await databases.CreateDbContextAsync(cancellationToken);
                db.Upgrade();
                _open = true;
            }
        }
        finally
        {
            _opening.Release();
        }
    }

    private static byte[] Seal(byte[] plain, byte[] secret)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(12), tag = new byte[16], cipher = new byte[plain.Length];
        using var aes = new AesGcm(KeyFrom(secret), 16);
        aes.Encrypt(nonce, plain, cipher, tag);
        return [.. nonce, .. tag, .. cipher];
    }

    private static Answer Unseal(byte[] text, byte[] secret)
    {
        byte[] plain = new byte[text.Length - 28];
        using var aes = new AesGcm(KeyFrom(secret), 16);
        aes.Decrypt(text.AsSpan(0, 12), text.AsSpan(28), text.AsSpan(12, 16), plain);
        return JsonSerializer.Deserialize<Answer>(plain)!;
    }

    private static byte[] KeyFrom(byte[] secret) => SHA256.HashData([.. "seal\n"u8, .. secret]);

    private sealed record Answer(int Status, Dictionary<string, string> Fields, byte[] Body);

    [LoggerMessage(3021, LogLevel.Warning, "The answer under an Idempotency-Key could not be kept")]
    private partial void AnswerNotKept(Exception fault);
}
