using System.Text.Json;
using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Spooling;

/// <summary>Leases a page of what waits on disk: counted and owned before anybody sees it.</summary>
internal sealed class FetchJob(List<Fetch> fetches, Hands hands) : SpoolJob
{
    private readonly TaskCompletionSource<List<Leased>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(Fetch Fetch, List<Leased> Rows, long Next, int Ahead)> _fetched = [];

    /// <summary>What is handed out; empty when the disk failed.</summary>
    public Task<List<Leased>> Done => _done.Task;

    public override void Apply(SpoolDatabase database)
    {
        var messages = new Dictionary<long, SpooledMessage>();
        long now = hands.Now;
        foreach (Fetch fetch in fetches)
        {
            int ahead = hands.ReserveAhead(fetch.Wanted);
            var rows = new List<Leased>();
            foreach (DueRow row in database.Due(fetch.Lane, now, fetch.Wanted + ahead))
            {
                if (!messages.TryGetValue(row.Seq, out SpooledMessage? message))
                {
                    messages[row.Seq] = message = database.Read(row.Seq)
                        ?? throw new InvalidOperationException($"Delivery {row.Seq}/{row.Part} has no message.");
                }

                long lease = hands.NextLease();
                database.Lease(row.Seq, row.Part, lease);
                rows.Add(LeaseRow(row, message, fetch.Lane, lease, now));
            }

            _fetched.Add((fetch, rows, database.NextDue(fetch.Lane), ahead));
        }

        foreach (var group in _fetched.SelectMany(f => f.Rows).GroupBy(r => r.Message))
        {
            group.Key.Hold(group.Count());
        }
    }

    public override void Undo()
    {
        _fetched.ForEach(f => hands.Unreserve(f.Ahead));
        _fetched.Clear();
    }

    public override void Committed()
    {
        var handedOut = new List<Leased>();
        foreach ((Fetch fetch, List<Leased> rows, long next, int ahead) in _fetched)
        {
            int out_ = Math.Min(fetch.Wanted, rows.Count);
            hands.Unreserve(ahead - (rows.Count - out_));
            hands.Fetched(fetch, rows, out_, next);
            handedOut.AddRange(rows.Take(out_));
        }

        _done.SetResult(handedOut);
    }

    public override void Failed(Exception fault)
    {
        foreach (Fetch fetch in fetches)
        {
            hands.Fetched(fetch, [], 0, hands.Now + 1000);   // looked at again in a second
        }

        _done.SetResult([]);
    }

    private static Leased LeaseRow(DueRow row, SpooledMessage message, Lane lane, long lease, long now)
    {
        IReadOnlyList<Smtp.Pipeline.Recipient> all = message.Envelope.Recipients;
        QueuedRecipient[] due;
        RecipientState[] later = [];
        if (row.Recipients is null)
        {
            due = [.. all.Select((r, i) => new QueuedRecipient(i, r)).Where(r => Destination.Of(r.Recipient.Address) == lane.Destination)];
        }
        else
        {
            RecipientState[] states = JsonSerializer.Deserialize(row.Recipients, SpoolJson.Default.RecipientStateArray)!;
            bool forced = row.Verdict is not null;
            due = [.. states.Where(s => forced || s.DueAt <= now).Select(s => new QueuedRecipient(s.Number, all[s.Number]) { DelayNoticed = s.Noticed })];
            later = [.. states.Where(s => !forced && s.DueAt > now)];
            if (due.Length == 0)   // the row said it was due: a state that says otherwise loses
            {
                due = [.. states.Select(s => new QueuedRecipient(s.Number, all[s.Number]) { DelayNoticed = s.Noticed })];
                later = [];
            }
        }

        return new Leased
        {
            Message = message,
            Part = row.Part,
            Destination = lane.Destination,
            Turn = lane.Sender.Name,
            Retry = lane.Retry,
            Attempt = row.Attempt + 1,
            Lease = lease,
            Due = due,
            Later = later,
            Reroute = row.Reroute,
            Verdict = StoredReplies.FromJson(row.Verdict),
        };
    }
}
