using System.Text;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue;

/// <summary>
/// How much waits, by destination and state. Counting goes over every delivery, so that no message has to pay for a counter; of a short queue it is done
/// on the spot, of a long one beside whoever asks, who gets the last count meanwhile. The more a count costs the longer it is good.
/// </summary>
internal sealed class Census(SqliteSpool spool, TimeProvider time)
{
    private const int Short = 5_000;
    private const int Stretch = 10_000;
    private const int MaxName = 256;   // longer than a domain name is (RFC 1035 §2.3.4)
    private const int CostOfCounting = 20;   // a count is good for so many times what it took
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private CensusReading? _last;
    private bool _counting;

    /// <summary>Never waits for a long count: before the first one is done, it is empty.</summary>
    public CensusReading Reading()
    {
        lock (_gate)
        {
            if (spool.Hands.Depth <= Short)
            {
                return _last = Count();
            }

            TimeSpan goodFor = _last is null ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Max(FreshFor.Ticks, _last.Took.Ticks * CostOfCounting));
            if (!_counting && (_last is null || time.GetElapsedTime(_last.At) > goodFor))
            {
                _counting = true;
                _ = Task.Run(CountBeside);
            }

            return _last ?? CensusReading.None;
        }
    }

    private void CountBeside()
    {
        CensusReading? reading = null;
        try
        {
            reading = Count();
        }
        catch (Exception fault) when (fault is SqliteFault or ObjectDisposedException)
        {
            // The spool closes or its disk fails: others say so.
        }

        lock (_gate)
        {
            _last = reading ?? _last;
            _counting = false;
        }
    }

    /// <summary>In stretches: who reads for seconds in one go keeps the log of the spool from beginning anew, and a sorter would hold all of it in memory.</summary>
    private CensusReading Count()
    {
        long started = time.GetTimestamp();
        var destinations = new Dictionary<string, Sums>();
        (long Seq, int Part) before = (long.MaxValue, 0);
        int read;
        do
        {
            read = CountStretch(destinations.GetAlternateLookup<ReadOnlySpan<char>>(), ref before);
        }
        while (read == Stretch);
        return new CensusReading(started, time.GetElapsedTime(started), [.. destinations.Select(d => d.Value.Of(d.Key)).OrderBy(d => d.Name, StringComparer.Ordinal)]);
    }

    // From the newest to the oldest.
    private int CountStretch(Dictionary<string, Sums>.AlternateLookup<ReadOnlySpan<char>> destinations, ref (long Seq, int Part) before)
    {
        Span<char> name = stackalloc char[MaxName];
        using ReaderPool.Lent reader = spool.Readers.Rent();
        Statement row = reader.Statement("""
            SELECT seq, part, destination, CASE WHEN hold IS NOT NULL THEN 0 WHEN lease <> 0 THEN 1 ELSE 2 + retry END, due_at, last_reply
            FROM delivery WHERE (seq, part) < (?, ?) ORDER BY seq DESC, part DESC LIMIT ?
            """);
        row.Bind(1, before.Seq).Bind(2, before.Part).Bind(3, Stretch);
        int read = 0;
        while (row.Step())
        {
            before = (row.Int64(0), row.Int32(1));
            ReadOnlySpan<byte> octets = row.Blob(2);
            ReadOnlySpan<char> key = octets.Length <= MaxName ? name[..Encoding.UTF8.GetChars(octets, name)] : Encoding.UTF8.GetString(octets);
            if (!destinations.TryGetValue(key, out Sums? sums))
            {
                destinations[key] = sums = new Sums();
            }

            sums.Add(row, before.Seq);
            read++;
        }

        return read;
    }

    private sealed class Sums
    {
        private long _queued, _active, _deferred, _held, _oldest, _nextTry = long.MaxValue;
        private string? _lastReply;

        public void Add(Statement row, long seq)
        {
            _queued++;
            _oldest = seq;
            int state = row.Int32(3);
            switch (state)
            {
                case 0: _held++; break;
                case 1: _active++; break;
                default:
                    _deferred += state - 2;
                    _nextTry = Math.Min(_nextTry, row.Int64(4));
                    break;
            }

            _lastReply ??= row.Text(5);
        }

        public DestinationCount Of(string name) => new(name, _queued, _active, _deferred, _held,
            _nextTry == long.MaxValue ? null : DateTimeOffset.FromUnixTimeMilliseconds(_nextTry), _lastReply, DateTimeOffset.FromUnixTimeMilliseconds(_oldest >> 12));
    }
}

/// <summary>What a count found. <paramref name="At"/> is a timestamp of the monotonic clock.</summary>
internal sealed record CensusReading(long At, TimeSpan Took, IReadOnlyList<DestinationCount> Destinations)
{
    public static readonly CensusReading None = new(0, TimeSpan.Zero, []);
}

/// <summary>Deliveries for one destination: one message for one destination is one. What is neither active, deferred nor held waits for its turn.</summary>
internal sealed record DestinationCount(
    string Name, long Queued, long Active, long Deferred, long Held, DateTimeOffset? NextTry, string? LastReply, DateTimeOffset OldestAcceptedAt);
