namespace Ptt.Smtp.Transport;

/// <summary>
/// The slowest that a message may arrive: after a grace period, so many octets a second on average. Trickling costs a session and memory; a
/// timeout for each read alone would let it go on for ever.
/// </summary>
public readonly record struct DataRate(int OctetsPerSecond, TimeSpan Grace)
{
    /// <summary>How long the next octet may take, <paramref name="elapsed"/> after the start, with <paramref name="received"/> octets here; never above <paramref name="atMost"/>.</summary>
    public TimeSpan Allowance(TimeSpan elapsed, long received, TimeSpan atMost)
    {
        if (OctetsPerSecond <= 0)
        {
            return atMost;
        }

        TimeSpan left = Grace + TimeSpan.FromSeconds((double)received / OctetsPerSecond) - elapsed;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < atMost ? left : atMost;
    }
}
