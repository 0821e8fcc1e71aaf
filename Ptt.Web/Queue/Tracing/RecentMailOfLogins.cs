using Ptt.Mail;
using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Tracing;

/// <summary>The trace, asked for one login.</summary>
internal sealed class RecentMailOfLogins(TraceService trace) : IRecentMail
{
    private static readonly string[] LeastSettled = ["held", "queued", "deferred", "failed", "expired", "dropped", "suppressed", "delivered"];

    public async ValueTask<IReadOnlyList<RecentMail>> OfAsync(Mailbox login, int atMost, CancellationToken cancellationToken)
    {
        string address = login.ToString();
        TracePage page = await trace.SearchAsync(new TraceFilter { Address = address }, null, atMost * 4, cancellationToken);
        return [.. page.Items.Where(m => address.Equals(m.Login ?? m.Sender, StringComparison.OrdinalIgnoreCase)).Take(atMost).Select(m => new RecentMail(
            m.Id, m.AcceptedAt, m.Subject, [.. m.Recipients.Select(r => r.Address)],
            m.Recipients.Select(r => r.State).OrderBy(s => Array.IndexOf(LeastSettled, s)).FirstOrDefault() ?? "queued"))];
    }
}
