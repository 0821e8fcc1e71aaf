using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace LoadGen;

/// <summary>What a sink has seen: messages over time, by domain, and the arrival of each probe (a recipient whose local part begins with <c>probe-</c>).</summary>
internal sealed class SinkCounters
{
    private sealed class DomainCount { public int Messages; public int Refused; public double Last; }

    private readonly ConcurrentDictionary<string, DomainCount> byDomain = new();
    private readonly ConcurrentDictionary<string, double> probes = new();
    private readonly List<int> timeline = []; // messages in each 100 ms since the first
    private double first;
    private double last;
    private int messages;
    private long bytes;
    private int signed;
    private int refused;
    private int connections;
    private int open;
    private int openMax;

    public int Messages => messages;

    /// <summary>Grows with everything that happened.</summary>
    public int Events => messages + refused;

    public void Opened()
    {
        Interlocked.Increment(ref connections);
        var now = Interlocked.Increment(ref open);
        if (now > openMax)
            openMax = now;
    }

    public void Closed() => Interlocked.Decrement(ref open);

    public void Received(long count) => Interlocked.Add(ref bytes, count);

    public void Signed() => Interlocked.Increment(ref signed);

    public void Refused(string recipient)
    {
        Interlocked.Increment(ref refused);
        Interlocked.Increment(ref Count(DomainOf(recipient)).Refused);
    }

    public void Took(List<string> recipients)
    {
        var now = Now();
        lock (timeline)
        {
            if (messages == 0)
                first = now;
            last = now;
            messages++;
            var bin = (int)((now - first) * 10);
            while (timeline.Count <= bin)
                timeline.Add(0);
            timeline[bin]++;
        }
        foreach (var recipient in recipients)
        {
            var count = Count(DomainOf(recipient));
            Interlocked.Increment(ref count.Messages);
            count.Last = now;
            if (recipient.StartsWith("probe-", StringComparison.Ordinal))
                probes.TryAdd(recipient, now);
        }
    }

    public string ToJson()
    {
        using var self = Process.GetCurrentProcess();
        lock (timeline)
        {
            return JsonSerializer.Serialize(new
            {
                messages, bytes, signed, refused, connections, open, open_max = openMax, first, last,
                domains = byDomain.ToDictionary(p => p.Key, p => new { messages = p.Value.Messages, refused = p.Value.Refused, last = p.Value.Last }),
                probes,
                timeline_100ms = timeline,
                sink_cpu_s = Math.Round(self.TotalProcessorTime.TotalSeconds, 3),
            });
        }
    }

    public void Write(string path)
    {
        File.WriteAllText(path + ".new", ToJson());
        File.Move(path + ".new", path, overwrite: true);
    }

    public static string DomainOf(string recipient) => recipient[(recipient.LastIndexOf('@') + 1)..];

    private DomainCount Count(string domain) => byDomain.GetOrAdd(domain, _ => new DomainCount());

    private static double Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
}
