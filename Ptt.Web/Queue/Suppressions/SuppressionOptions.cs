namespace Ptt.Web.Queue.Suppressions;

/// <summary>Section <c>Ptt:Suppressions</c>.</summary>
public sealed class SuppressionOptions
{
    public const string Section = "Ptt:Suppressions";

    /// <summary>Whether recipients whose host says that they do not exist are suppressed by themselves. What was added by hand counts in any case.</summary>
    public bool Learn { get; set; } = true;

    /// <summary>How long a learned suppression lasts. Complaints and what was added by hand stay until they are removed.</summary>
    public TimeSpan ExpireAfter { get; set; } = TimeSpan.FromDays(30);
}
