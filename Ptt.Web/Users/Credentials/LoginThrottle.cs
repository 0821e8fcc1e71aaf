using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Ptt.Web.Users.Credentials;

/// <summary>
/// Makes guessing slow: after some failures each further one doubles the wait, counted for a login from a network, for a network,
/// and for a login from everywhere. The last does not hold for a network from which the login came in before, so that a
/// stranger cannot lock its owner out. Networks are /24 and /48.
/// </summary>
internal sealed class LoginThrottle(TimeProvider time)
{
    private const int MaxEntries = 100_000;
    private const int FreePerPair = 8;
    private const int FreePerNetwork = 40;
    private const int FreePerLogin = 100;

    private static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Trust = TimeSpan.FromDays(30);

    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _trusted = new(StringComparer.Ordinal);
    private int _bucketsRoom = MaxEntries;
    private int _trustedRoom = MaxEntries;

    /// <summary>How long to wait before the next try counts; null: now.</summary>
    public TimeSpan? Wait(string login, IPAddress client)
    {
        string network = NetworkOf(client);
        TimeSpan wait = Max(Left($"p {login} {network}"), Left($"n {network}"));
        wait = IsTrusted(login, network) ? wait : Max(wait, Left($"l {login}"));
        return wait > TimeSpan.Zero ? wait : null;
    }

    public void Failed(string login, IPAddress client)
    {
        string network = NetworkOf(client);
        Count($"p {login} {network}", FreePerPair);
        Count($"n {network}", FreePerNetwork);
        if (!IsTrusted(login, network))
        {
            Count($"l {login}", FreePerLogin);
        }
    }

    /// <summary>The network's own count stays: one good login among many guesses proves nothing for the others.</summary>
    public void Succeeded(string login, IPAddress client)
    {
        string network = NetworkOf(client);
        _buckets.TryRemove($"p {login} {network}", out _);
        Trim(_trusted, ref _trustedRoom, at => time.GetElapsedTime(at) > Trust);
        _trusted[$"{login} {network}"] = time.GetTimestamp();
    }

    public static string NetworkOf(IPAddress client)
    {
        client = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        byte[] octets = client.GetAddressBytes();
        Array.Clear(octets, client.AddressFamily == AddressFamily.InterNetwork ? 3 : 6, octets.Length - (client.AddressFamily == AddressFamily.InterNetwork ? 3 : 6));
        return new IPAddress(octets).ToString();
    }

    private bool IsTrusted(string login, string network) =>
        _trusted.TryGetValue($"{login} {network}", out long at) && time.GetElapsedTime(at) <= Trust;

    private TimeSpan Left(string key)
    {
        if (!_buckets.TryGetValue(key, out Bucket? bucket))
        {
            return TimeSpan.Zero;
        }

        lock (bucket)
        {
            return bucket.Wait - time.GetElapsedTime(bucket.At);
        }
    }

    private void Count(string key, int free)
    {
        Trim(_buckets, ref _bucketsRoom, b => time.GetElapsedTime(b.At) > HalfLife * 6);
        Bucket bucket = _buckets.GetOrAdd(key, _ => new Bucket { At = time.GetTimestamp() });
        lock (bucket)
        {
            double elapsed = time.GetElapsedTime(bucket.At) / HalfLife;
            bucket.Failures = (bucket.Failures * Math.Pow(0.5, elapsed)) + 1;
            bucket.At = time.GetTimestamp();
            double over = bucket.Failures - free;
            bucket.Wait = over <= 0 ? TimeSpan.Zero : over > 10 ? Longest : TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, Math.Pow(2, over)));
        }
    }

    // Looks through all only when a tenth has been added since the last time. Counting a concurrent dictionary locks it: not at every login.
    private static void Trim<T>(ConcurrentDictionary<string, T> entries, ref int room, Func<T, bool> isOld)
    {
        if (Interlocked.Decrement(ref room) > 0)
        {
            return;
        }

        foreach ((string key, T value) in entries)
        {
            if (isOld(value))
            {
                entries.TryRemove(key, out _);
            }
        }

        if (entries.Count > MaxEntries * 2)
        {
            entries.Clear();   // an attack from everywhere: the memory of it is worth less than the service
        }

        Interlocked.Exchange(ref room, Math.Max(MaxEntries - entries.Count, MaxEntries / 10));
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private sealed class Bucket
    {
        public double Failures { get; set; }

        public long At { get; set; }

        public TimeSpan Wait { get; set; }
    }
}
