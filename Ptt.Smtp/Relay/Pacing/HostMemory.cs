using System.Collections.Concurrent;
using System.Net;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay.Pacing;

/// <summary>
/// What earlier attempts learned about hosts, for a while: who does not answer and is left alone (cool-down, longer each time), and
/// whose TLS is broken. Bounded; forgets what is old.
/// </summary>
public sealed class HostMemory(TimeProvider time)
{
    private const int MaxHosts = 10_000, FailuresBeforeCooling = 3;
    private static readonly TimeSpan RememberTls = TimeSpan.FromHours(1), Longest = TimeSpan.FromMinutes(15);

    // Failures of many connections at once are one failure of the host.
    private static readonly TimeSpan SameMoment = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<IPEndPoint, long> _brokenTls = [];
    private readonly ConcurrentDictionary<IPEndPoint, Trouble> _trouble = [];

    public void TlsFailed(IPEndPoint host)
    {
        Forget(_brokenTls, at => time.GetElapsedTime(at) >= RememberTls);
        _brokenTls[host] = time.GetTimestamp();
    }

    public bool HasBrokenTls(IPEndPoint host) =>
        !_brokenTls.IsEmpty && _brokenTls.TryGetValue(host, out long at) && time.GetElapsedTime(at) < RememberTls;

    public void NotReached(IPEndPoint host, Reply reply)
    {
        Forget(_trouble, t => time.GetElapsedTime(t.At) >= Longest);
        _trouble.AddOrUpdate(host,
            _ => new Trouble(1, time.GetTimestamp(), reply),
            (_, before) => time.GetElapsedTime(before.At) < SameMoment ? before : new Trouble(before.Failures + 1, time.GetTimestamp(), reply));
    }

    public void Reached(IPEndPoint host)
    {
        if (!_trouble.IsEmpty)
        {
            _trouble.TryRemove(host, out _);
        }
    }

    /// <summary>Null: dial it. Otherwise it failed several times and not long ago, and this is why it is not dialled now.</summary>
    public Reply? CoolingDown(IPEndPoint host)
    {
        if (_trouble.IsEmpty || !_trouble.TryGetValue(host, out Trouble? trouble) || trouble.Failures < FailuresBeforeCooling)
        {
            return null;
        }

        TimeSpan wait = TimeSpan.FromMinutes(Math.Min(Longest.TotalMinutes, Math.Pow(2, trouble.Failures - FailuresBeforeCooling)));
        TimeSpan since = time.GetElapsedTime(trouble.At);
        return since >= wait ? null
            : trouble.Reply with { Text = $"Not tried again for {Math.Ceiling((wait - since).TotalSeconds)} s after {trouble.Failures} failures: {trouble.Reply.Text}" };
    }

    private static void Forget<T>(ConcurrentDictionary<IPEndPoint, T> hosts, Func<T, bool> isOld)
    {
        if (hosts.Count < MaxHosts)
        {
            return;
        }

        foreach ((IPEndPoint host, T value) in hosts)
        {
            if (isOld(value) || hosts.Count >= MaxHosts)
            {
                hosts.TryRemove(host, out _);
            }
        }
    }

    private sealed record Trouble(int Failures, long At, Reply Reply);
}
