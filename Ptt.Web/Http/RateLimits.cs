using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Claims;
using Microsoft.Extensions.Options;

namespace Ptt.Web.Http;

/// <summary>
/// A token bucket for each caller of the API: the token or person that authenticated, else the address. Every answer carries
/// RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers); 429 carries Retry-After.
/// </summary>
internal sealed class RateLimits(IOptionsMonitor<HttpOptions> options, TimeProvider time)
{
    private const int MaxCallers = 10_000;

    private readonly ConcurrentDictionary<string, Bucket> _buckets = new();

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        int quota = options.CurrentValue.RequestsPerMinute;
        if (quota == 0)
        {
            await next(http);
            return;
        }

        (bool taken, int left, TimeSpan wait) = Take(CallerOf(http), quota);
        http.Response.Headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"default\";q={quota};w=60");
        http.Response.Headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"default\";r={left};t={Math.Ceiling(wait.TotalSeconds)}");
        if (taken)
        {
            await next(http);
            return;
        }

        http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        await Problems.Of(ProblemType.RateLimited).ExecuteAsync(http);
    }

    private static string CallerOf(HttpContext http) =>
        http.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? http.User.Identity?.Name ?? http.Connection.RemoteIpAddress?.ToString() ?? "";

    private (bool Taken, int Left, TimeSpan Wait) Take(string caller, int quota)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (_buckets.Count > MaxCallers)
        {
            foreach ((string name, Bucket idle) in _buckets.Where(b => now - b.Value.At > TimeSpan.FromMinutes(1)))
            {
                _buckets.TryRemove(new(name, idle));
            }
        }

        Bucket bucket = _buckets.GetOrAdd(caller, _ => new Bucket { Tokens = quota, At = now });
        lock (bucket)
        {
            bucket.Tokens = Math.Min(quota, bucket.Tokens + Math.Max(0, (now - bucket.At).TotalMinutes) * quota);
            bucket.At = now;
            bool taken = bucket.Tokens >= 1;
            bucket.Tokens -= taken ? 1 : 0;
            // Until the next whole token after a refusal; until the bucket is full again otherwise.
            double missing = taken ? quota - bucket.Tokens : 1 - bucket.Tokens;
            return (taken, (int)bucket.Tokens, TimeSpan.FromMinutes(missing / quota));
        }
    }

    private sealed class Bucket
    {
        public double Tokens { get; set; }

        public DateTimeOffset At { get; set; }
    }
}
