namespace Ptt.Web.Shell.Flow;

/// <summary>How long things took, by the minute, for a week: counted in spans that grow by the square root of two from a millisecond, which is as exact as a plot shows.</summary>
internal sealed class Latencies
{
    public const int Spans = 60;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, int[]> _minutes = [];

    public static int SpanOf(double seconds) => Math.Clamp((int)Math.Ceiling(2 * Math.Log2(Math.Max(seconds, 0.001) / 0.001)), 0, Spans - 1);

    public void Add(long minute, int span, int count)
    {
        lock (_lock)
        {
            if (!_minutes.TryGetValue(minute, out int[]? counts))
            {
                foreach (long old in _minutes.Keys.Where(m => m <= minute - Minutes.Kept).ToArray())
                {
                    _minutes.Remove(old);
                }

                _minutes[minute] = counts = new int[Spans];
            }

            counts[span] += count;
        }
    }

    public IReadOnlyList<(int Span, int Count)> Of(long minute)
    {
        lock (_lock)
        {
            return _minutes.TryGetValue(minute, out int[]? counts) ? [.. counts.Index().Where(c => c.Item > 0)] : [];
        }
    }

    /// <summary>The time that this share of all stayed within; null when there was nothing.</summary>
    public TimeSpan? Percentile(long first, long last, double share)
    {
        long[] sums = new long[Spans];
        lock (_lock)
        {
            foreach ((long minute, int[] counts) in _minutes)
            {
                if (minute >= first && minute <= last)
                {
                    for (int i = 0; i < Spans; i++)
                    {
                        sums[i] += counts[i];
                    }
                }
            }
        }

        double wanted = sums.Sum() * share;
        long seen = 0;
        for (int i = 0; i < Spans && wanted > 0; i++)
        {
            seen += sums[i];
            if (seen >= wanted)
            {
                return TimeSpan.FromSeconds(0.001 * Math.Pow(2, i / 2.0));
            }
        }

        return null;
    }
}
