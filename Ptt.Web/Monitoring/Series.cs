using System.Diagnostics.Metrics;

namespace Ptt.Web.Monitoring;

/// <summary>All measurements of one instrument, by their tags. Written from any thread, without locks on the way.</summary>
internal sealed class Series(Instrument instrument, IReadOnlyList<double> bounds)
{
    // Tags of ours are few (a result class, a role). A peer that could mint tags must not mint memory.
    private const int MostTagSets = 500;

    private readonly Lock _adding = new();
    private Cell[] _cells = [];

    public Instrument Instrument { get; } = instrument;

    public IReadOnlyList<double> Bounds { get; } = bounds;

    public IReadOnlyList<Cell> Cells => _cells;

    public Cell? For(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (Cell cell in _cells)
        {
            if (cell.Is(tags))
            {
                return cell;
            }
        }

        lock (_adding)
        {
            foreach (Cell cell in _cells)
            {
                if (cell.Is(tags))
                {
                    return cell;
                }
            }

            if (_cells.Length >= MostTagSets)
            {
                return null;
            }

            var added = new Cell(tags.ToArray(), Bounds.Count);
            _cells = [.. _cells, added];
            return added;
        }
    }
}

/// <summary>One set of tags: a sum or a last value, and for histograms the buckets.</summary>
internal sealed class Cell(KeyValuePair<string, object?>[] tags, int bounds)
{
    private readonly long[] _buckets = bounds > 0 ? new long[bounds + 1] : [];
    private double _value;
    private long _count;

    public IReadOnlyList<KeyValuePair<string, object?>> Tags { get; } = tags;

    public double Value => Volatile.Read(ref _value);

    public long Count => Interlocked.Read(ref _count);

    public IReadOnlyList<long> Buckets => _buckets;

    public bool Is(ReadOnlySpan<KeyValuePair<string, object?>> others)
    {
        if (others.Length != tags.Length)
        {
            return false;
        }

        for (int i = 0; i < others.Length; i++)
        {
            if (!string.Equals(others[i].Key, tags[i].Key, StringComparison.Ordinal) || !Equals(others[i].Value, tags[i].Value))
            {
                return false;
            }
        }

        return true;
    }

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Add(double value)
    {
        double seen, next;
        do
        {
            seen = Volatile.Read(ref _value);
            next = seen + value;
        }
        while (Interlocked.CompareExchange(ref _value, next, seen) != seen);
    }

    public void Observe(double value, IReadOnlyList<double> upper)
    {
        int bucket = 0;
        while (bucket < upper.Count && value > upper[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _buckets[bucket]);
        Interlocked.Increment(ref _count);
        Add(value);
    }
}
