namespace Ptt.Web.Queue.Webhooks;

/// <summary>Section <c>Ptt:Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    public const string Section = "Ptt:Webhooks";

    /// <summary>Whether a webhook may go to loopback, private and link-local addresses. Otherwise whoever may add one could reach inside.</summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>Waits between attempts; after the last the event is a dead letter.</summary>
    public TimeSpan[] RetrySchedule { get; set; } = [];

    /// <summary>How long an endpoint may take to answer.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long dead letters are kept.</summary>
    public TimeSpan KeepDeadFor { get; set; } = TimeSpan.FromDays(14);

    private static readonly TimeSpan[] Usual =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1), TimeSpan.FromHours(2), TimeSpan.FromHours(4), TimeSpan.FromHours(8), TimeSpan.FromHours(12),
    ];

    internal TimeSpan? WaitAfter(int attempts)
    {
        TimeSpan[] schedule = RetrySchedule.Length > 0 ? RetrySchedule : Usual;
        return attempts <= schedule.Length ? schedule[attempts - 1] : null;
    }
}
