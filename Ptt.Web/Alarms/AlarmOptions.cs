namespace Ptt.Web.Alarms;

/// <summary>Who is told of alarms besides those who look at the pages.</summary>
public sealed class AlarmOptions
{
    public const string Section = "Ptt:Alarms";

    /// <summary>Whether alarms are mailed at all.</summary>
    public bool Mail { get; set; } = true;

    /// <summary>Where they are mailed to; empty: postmaster at the first domain of ours (not in the sandbox).</summary>
    public IReadOnlyList<string> MailTo { get; set; } = [];

    /// <summary>The sender; empty: postmaster at the first domain of ours, so that it is signed.</summary>
    public string MailFrom { get; set; } = "";

    /// <summary>Milder ones stay on the page.</summary>
    public AlarmSeverity Least { get; set; } = AlarmSeverity.Warning;

    /// <summary>How long to gather before telling: what is over by then is not told, and what comes together is told together.</summary>
    public TimeSpan Gather { get; set; } = TimeSpan.FromSeconds(30);
}
