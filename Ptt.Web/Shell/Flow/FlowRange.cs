namespace Ptt.Web.Shell.Flow;

/// <summary>A span of time of the plots: how many values, how far apart.</summary>
internal sealed record FlowRange(string Name, int Count, TimeSpan Step)
{
    public static readonly FlowRange Hour = new("hour", 60, TimeSpan.FromMinutes(1));

    public static readonly IReadOnlyList<FlowRange> All = [Hour, new("day", 96, TimeSpan.FromMinutes(15)), new("week", 168, TimeSpan.FromHours(1))];

    public int Hours => (int)(Count * Step).TotalHours;

    public static FlowRange? Of(string? name) => All.FirstOrDefault(r => r.Name == name);
}
