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

    private CensusReading Count()
    {
        long started = time.GetTimestamp();
        var destinations = new List<DestinationCount>();
        using ReaderPool.Lent reader = spool.Readers.Rent();
        Statement row = reader.Statement("""
            SELECT destination, count(*), sum(hold IS NULL AND lease <> 0), sum(hold IS NULL AND lease = 0 AND retry = 1), sum(hold IS NOT NULL),
                   min(CASE WHEN lease = 0 AND hold IS NULL THEN due_at END), max(last_reply), min(seq)
            FROM delivery GROUP BY destination
            """);
        while (row.Step())
        {
            destinations.Add(new DestinationCount(row.Text(0)!, row.Int64(1), row.Int64(2), row.Int64(3), row.Int64(4),
                row.IsNull(5) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(5)), row.Text(6), DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(7) >> 12)));
        }

        return new CensusReading(started, time.GetElapsedTime(started), destinations);
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
