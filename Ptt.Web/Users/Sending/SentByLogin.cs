namespace Ptt.Web.Users.Sending;

/// <summary>What one login has sent, and what became of it, in slots of time; and whom it has written to. Read and changed under its own lock.</summary>
internal sealed class SentByLogin
{
    public const int SlotSeconds = 300;
    public const int SlotsPerDay = 86_400 / SlotSeconds;

    public Dictionary<long, Tally> Slots { get; } = [];

    public Dictionary<long, int> Known { get; } = [];

    /// <summary>Of the known, those that have not been written down since they changed.</summary>
    public HashSet<long> Unsaved { get; } = [];

    public long LastHour { get; private set; }

    public long LastDay { get; private set; }

    public long NewLastDay { get; private set; }

    public long DeliveredLastDay { get; private set; }

    public long UnknownLastDay { get; private set; }

    private long _summedUpAt = -1;

    /// <summary>Days on which anything was sent, and the mean of new recipients on them.</summary>
    public int Days { get; set; }

    public double MeanNew { get; set; }

    public long Today { get; set; }

    public int NewToday { get; set; }

    /// <summary>Results so far; each day makes those before it count a little less.</summary>
    public double Delivered { get; set; }

    public double Unknown { get; set; }

    public string? HeldReason { get; set; }

    public long? HeldSince { get; set; }

    public long SavedFrom { get; set; }

    public void CloseDays(long day)
    {
        if (Today != 0 && Today != day)
        {
            MeanNew += (NewToday - MeanNew) / Math.Min(++Days, 30);
            NewToday = 0;
            (Delivered, Unknown) = (Delivered * 0.97, Unknown * 0.97);
        }

        Today = day;
    }

    public void Count(long slot, int recipients, int strangers)
    {
        Tally tally = Slots.GetValueOrDefault(slot);
        Slots[slot] = tally with { All = tally.All + recipients, New = tally.New + strangers };
        NewToday += strangers;
        LastHour += recipients;
        LastDay += recipients;
        NewLastDay += strangers;
    }

    public void CountResults(long slot, int delivered, int unknown)
    {
        Tally tally = Slots.GetValueOrDefault(slot);
        Slots[slot] = tally with { Delivered = tally.Delivered + delivered, Unknown = tally.Unknown + unknown };
        (Delivered, Unknown) = (Delivered + delivered, Unknown + unknown);
        (DeliveredLastDay, UnknownLastDay) = (DeliveredLastDay + delivered, UnknownLastDay + unknown);
    }

    /// <summary>The next that does not exist is not one too many.</summary>
    public void ForgiveResults()
    {
        foreach ((long slot, Tally tally) in Slots.ToArray())
        {
            Slots[slot] = tally with { Delivered = 0, Unknown = 0 };
        }

        (DeliveredLastDay, UnknownLastDay, SavedFrom) = (0, 0, 0);
    }

    /// <summary>The sums over all slots are made anew when time has come to another slot; between, counting keeps them.</summary>
    public void SumUp(long now)
    {
        if (_summedUpAt == now)
        {
            return;
        }

        Forget(now);
        _summedUpAt = now;
        LastHour = Slots.Where(s => s.Key > now - (3600 / SlotSeconds)).Sum(s => (long)s.Value.All);
        LastDay = Slots.Sum(s => (long)s.Value.All);
        NewLastDay = Slots.Sum(s => (long)s.Value.New);
        DeliveredLastDay = Slots.Sum(s => (long)s.Value.Delivered);
        UnknownLastDay = Slots.Sum(s => (long)s.Value.Unknown);
    }

    public void Forget(long now)
    {
        foreach (long old in Slots.Keys.Where(s => s <= now - SlotsPerDay || s > now).ToArray())
        {
            Slots.Remove(old);
        }
    }
}
