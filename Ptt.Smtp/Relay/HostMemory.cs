using System.Collections.Concurrent;
using System.Net;

namespace Ptt.Smtp.Relay;

/// <summary>What earlier attempts learned about hosts, for a while: whose TLS is broken. Bounded; forgets what is old.</summary>
public sealed class HostMemory(TimeProvider time)
{
    private const int MaxHosts = 10_000;
    private static readonly TimeSpan Remember = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<IPEndPoint, long> _brokenTls = [];

    public void TlsFailed(IPEndPoint host)
    {
        if (_brokenTls.Count >= MaxHosts)
        {
            foreach ((IPEndPoint old, long at) in _brokenTls)
            {
                if (time.GetElapsedTime(at) >= Remember)
                {
                    _brokenTls.TryRemove(old, out _);
                }
            }
        }

        if (_brokenTls.Count < MaxHosts)
        {
            _brokenTls[host] = time.GetTimestamp();
        }
    }

    public bool HasBrokenTls(IPEndPoint host) =>
        !_brokenTls.IsEmpty && _brokenTls.TryGetValue(host, out long at) && time.GetElapsedTime(at) < Remember;
}
