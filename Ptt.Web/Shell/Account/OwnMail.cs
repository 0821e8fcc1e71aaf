using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Tracing;

namespace Ptt.Web.Shell.Account;

/// <summary>The mail that a person submitted with their own login, and nobody else's. Empty where the relay is another process: the trace is there.</summary>
internal sealed class OwnMail(TraceService? trace, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether this process knows what becomes of mail.</summary>
    public bool IsHere => trace is not null;

    /// <summary>The newest first, or the oldest. What is filtered out does not shorten a page, unless it takes long to find enough: then the search goes on at the next.</summary>
    public async ValueTask<TracePage> ListAsync(string person, TraceFilter filter, SpoolId? before, int limit, CancellationToken cancellationToken)
    {
        var found = new List<TracedMessage>();
        string? next = before?.ToString();
        if (trace is null)
        {
            return new TracePage([], null);
        }

        // The index is by address: what others sent to this person is found too, and passed over.
        long started = time.GetTimestamp();
        do
        {
            TracePage page = await trace.SearchAsync(
                filter with { Address = person }, SpoolId.TryParse(next, out SpoolId id) ? id : null, limit, cancellationToken);
            foreach (TracedMessage message in page.Items.Where(m => IsOf(m, person)))
            {
                found.Add(message);
                if (found.Count == limit)
                {
                    return new TracePage(found, message.Id == page.Items[^1].Id ? page.Next : message.Id);
                }
            }

            next = page.Next;
        }
        while (next is not null && time.GetElapsedTime(started) < Patience);

        return new TracePage(found, next);
    }

    /// <summary>Null when there is none such, or it is not theirs.</summary>
    public async ValueTask<TracedStory?> FindAsync(string person, SpoolId id, CancellationToken cancellationToken) =>
        trace is not null && await trace.FindAsync(id, cancellationToken) is { } story && IsOf(story.Message, person) ? story : null;

    private static bool IsOf(TracedMessage message, string person) => string.Equals(message.Login, person, StringComparison.OrdinalIgnoreCase);
}
