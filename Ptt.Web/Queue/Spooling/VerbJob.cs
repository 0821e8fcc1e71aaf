using System.Text.Json;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Spooling;

public enum QueueVerb
{
    /// <summary>Due now; also ends a hold.</summary>
    Retry,

    /// <summary>Not tried until it is released.</summary>
    Hold,

    Release,

    /// <summary>Returned to its sender with a report.</summary>
    Bounce,

    /// <summary>Forgotten without a report.</summary>
    Drop,

    /// <summary>Goes to another next hop, now.</summary>
    Reroute,
}

/// <summary>What an administrator wants done, who it is, and the text that belongs to it: the reason, or for a reroute <c>host:port</c>.</summary>
public sealed record QueueOrder(QueueVerb Verb, string By, string? Text = null);

/// <summary>
/// Carries out an order on some messages. What waits in memory is taken back first; what is being attempted at this moment gets
/// the order when the attempt ends, unless that delivers it. What <paramref name="also"/> writes is one with it; it is told how many messages were touched.
/// </summary>
internal sealed class VerbJob(
    IReadOnlyList<SpoolId> ids, QueueOrder order, Hands hands, BodyFiles bodies, Action bell, Action<SpoolDatabase, int>? also = null) : SpoolJob
{
    private readonly TaskCompletionSource<int> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Leased> _withdrawn = [];
    private readonly List<DeliveryRow> _due = [];
    private readonly List<SpooledMessage> _gone = [];
    private int _touched;

    public Task<int> Done => _done.Task;

    public override long Weight => ids.Count * 512L;

    public override void Apply(SpoolDatabase database)
    {
        foreach (SpoolId id in ids)
        {
            long seq = SpoolIds.SequenceOf(id);
            if (database.Read(seq) is not { } message || message.Id != id)
            {
                continue;
            }

            var touched = new List<DeliveryRow>();
            bool gone = false;
            foreach (DeliveryRow row in database.Deliveries(seq))
            {
                if (ApplyTo(database, message, row, out bool last))
                {
                    touched.Add(row);
                    gone |= last;
                }
            }

            if (touched.Count > 0)
            {
                _touched++;
                database.Tell(StoryOf(message, touched));
            }

            if (gone)
            {
                _gone.Add(message);
            }
        }

        also?.Invoke(database, _touched);
    }

    public override void Undo()
    {
        _withdrawn.ForEach(hands.Return);
        _withdrawn.Clear();
        _due.Clear();
        _gone.Clear();
        _touched = 0;
    }

    public override void Committed()
    {
        _withdrawn.ForEach(l => hands.End(l));
        _due.ForEach(r => hands.Note(r.Turn, r.Destination, r.Retry, r.DueAt));
        hands.Gone(_gone);
        foreach (SpooledMessage message in _gone.Where(m => m.InFile))
        {
            bodies.Delete(message.Id);
        }

        _done.SetResult(_touched);
        bell();
    }

    public override void Failed(Exception fault) => _done.SetException(fault);

    private bool ApplyTo(SpoolDatabase database, SpooledMessage message, DeliveryRow row, out bool gone)
    {
        gone = false;
        if (row.Lease != 0 && Wants(row) && hands.TryWithdraw(row, out Leased? leased))
        {
            _withdrawn.Add(leased!);
            row = row with { Lease = 0, Attempt = row.Attempt - 1 };   // counted, but never begun
        }

        bool running = row.Lease != 0;
        long now = hands.Now;
        DeliveryRow after = order.Verb switch
        {
            QueueVerb.Hold => row with { Hold = order.Text ?? "" },
            QueueVerb.Release when row.Hold is not null => DueNow(row),
            QueueVerb.Retry when !running => DueNow(row),
            QueueVerb.Bounce => DueNow(row) with { Verdict = StoredReplies.ToJson(Returned) },
            QueueVerb.Reroute => DueNow(row) with { Reroute = order.Text },
            QueueVerb.Drop => row with { Dropped = true },
            _ => row,
        };
        if (after == row)
        {
            return false;
        }

        if (after.Dropped && !running)
        {
            gone = database.DeleteDelivery(row.Seq, row.Part, message.InFile);
            return true;
        }

        database.Change(after);
        if (!running && after.Hold is null)
        {
            _due.Add(after);
        }

        return true;

        DeliveryRow DueNow(DeliveryRow r) => r with { Hold = null, DueAt = now, Recipients = AllDue(r.Recipients, now) };
    }

    private bool Wants(DeliveryRow row) => order.Verb is not (QueueVerb.Retry or QueueVerb.Release) || row.Hold is not null;

    private Reply Returned => new(554, new(7, 0), order.Text ?? "The administrator of the mail system returned the message");

    private static string? AllDue(string? recipients, long now) => recipients is null ? null : JsonSerializer.Serialize(
        [.. JsonSerializer.Deserialize(recipients, SpoolJson.Default.RecipientStateArray)!.Select(r => r with { DueAt = now })],
        SpoolJson.Default.RecipientStateArray);

    private Story StoryOf(SpooledMessage message, List<DeliveryRow> rows)
    {
        (string what, string state) = order.Verb switch
        {
            QueueVerb.Hold => ("held", "held"),
            QueueVerb.Release => ("released", "queued"),
            QueueVerb.Drop => ("dropped", "dropped"),
            QueueVerb.Bounce => ("returned", "queued"),
            QueueVerb.Reroute => ("rerouted", "queued"),
            _ => ("retried", "queued"),
        };
        var recipients = new List<StoryRecipient>();
        foreach (DeliveryRow row in rows)
        {
            int[]? left = row.Recipients is null
                ? null
                : [.. JsonSerializer.Deserialize(row.Recipients, SpoolJson.Default.RecipientStateArray)!.Select(r => r.Number)];
            recipients.AddRange(message.Envelope.Recipients
                .Select((r, i) => new StoryRecipient(i, r.Address.ToString(), state, order.Text))
                .Where(r => left?.Contains(r.Number) ?? Destination.Of(message.Envelope.Recipients[r.Number].Address) == row.Destination));
        }

        return Story.Of(message, what, DateTimeOffset.FromUnixTimeMilliseconds(hands.Now), recipients) with { By = order.By };
    }
}
