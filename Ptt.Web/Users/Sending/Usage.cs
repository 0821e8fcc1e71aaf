namespace Ptt.Web.Users.Sending;

/// <summary>Recipients, those of them not written to before, and the results that came in.</summary>
internal readonly record struct Tally(int All, int New, int Delivered, int Unknown);

/// <summary>What a login has sent, and what is usual for it.</summary>
internal sealed record Usage(long LastHour, long LastDay, long NewLastDay, int Days, double MeanNew, long Delivered, long Unknown, double AllDelivered, double AllUnknown)
{
    /// <summary>The share of recipients that did not exist before the last day.</summary>
    public double UsualUnknown => Math.Max(0, AllUnknown - Unknown) / Math.Max(1, AllUnknown - Unknown + AllDelivered - Delivered);

    /// <summary>A new login may have it too: nobody begins with a list of those who are not there.</summary>
    public bool HasUnusuallyManyUnknown(double share, int atLeast) =>
        Unknown >= atLeast && (double)Unknown / (Delivered + Unknown) is var now && now >= share && now >= 3 * UsualUnknown;

    /// <summary>Not before a week is known of it, and not below a floor: a new user writes to strangers only.</summary>
    public bool IsUnusual(int strangers, int recipients, double factor, int atLeast) =>
        Days >= 7 && NewLastDay + strangers >= atLeast && NewLastDay + strangers > MeanNew * factor && (NewLastDay + strangers) * 2 > LastDay + recipients;
}
