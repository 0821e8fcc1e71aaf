namespace Ptt.Web.Shell.Flow;

/// <summary>Sums by the minute, for a week. A slot belongs to the minute that its stamp says; an older one is empty.</summary>
internal sealed class Minutes
{
    public const int Kept = 7 * 24 * 60;

    private readonly Lock _lock = new();
    private readonly long[] _stamps = new long[Kept];
    private readonly long[] _sums = new long[Kept];

    public void Add(long minute, long value)
    {
        int slot = (int)(minute % Kept);
        lock (_lock)
        {
            if (_stamps[slot] != minute)
            {
                (_stamps[slot], _sums[slot]) = (minute, 0);
            }

            _sums[slot] += value;
        }
    }

    public long Sum(long first, long last)
    {
        long sum = 0;
        lock (_lock)
        {
            for (long minute = Math.Max(Math.Max(0, first), last - Kept + 1); minute <= last; minute++)
            {
                int slot = (int)(minute % Kept);
                sum += _stamps[slot] == minute ? _sums[slot] : 0;
            }
        }

        return sum;
    }
}
