using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;

namespace Ptt.Tests.Support;

/// <summary>A spool that forgets everything at the end of the test. Small and slow: a list under a lock.</summary>
internal sealed class MemorySpool(TimeProvider time) : ISpool
{
    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<SpoolId, MessageContent> _contents = [];
    private TaskCompletionSource _bell = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lease;
    private int _turn;

    /// <summary>What the next <see cref="AddAsync"/> says instead of taking the message.</summary>
    public SpoolAdd? Refusal { get; set; }

    /// <summary>All that was ever settled, in order.</summary>
    public List<Settlement> Settlements { get; } = [];

    public List<Report> Reports { get; } = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    public ValueTask<SpoolAdd> AddAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        if (Refusal is { } refusal)
        {
            return ValueTask.FromResult(refusal);
        }

        lock (_lock)
        {
            return ValueTask.FromResult<SpoolAdd>(new SpoolAdd.Queued(Add(envelope, content)));
        }
    }

    public ValueTask<IReadOnlyList<Delivery>> LeaseAsync(LeaseRequest request, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            DateTimeOffset now = time.GetUtcNow();
            var room = new Dictionary<Destination, int>();
            var leased = new List<Delivery>();
            Queue<Entry> fresh = InTurn(_entries.Where(e => e.Lease == 0 && e.Attempts == 0 && e.Due(now).Count > 0));
            Queue<Entry> retries = InTurn(_entries.Where(e => e.Lease == 0 && e.Attempts > 0 && e.Due(now).Count > 0));
            while (leased.Count < request.AtMost && fresh.Count + retries.Count > 0)
            {
                Entry entry = (fresh.Count > 0 && _turn++ % 4 != 3) || retries.Count == 0 ? fresh.Dequeue() : retries.Dequeue();
                if (!room.TryGetValue(entry.Destination, out int left))
                {
                    left = request.RoomFor(entry.Destination);
                }

                if (left > 0)
                {
                    leased.Add(Lease(entry, now));
                    left--;
                }

                room[entry.Destination] = left;
            }

            return ValueTask.FromResult<IReadOnlyList<Delivery>>(leased);
        }
    }

    public ValueTask SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach (Settlement settlement in settlements)
            {
                if (_entries.Find(e => e.Lease == settlement.Delivery.Lease) is not { } entry)
                {
                    continue;
                }

                Settlements.Add(settlement);
                entry.Lease = 0;
                entry.Attempts -= settlement.Attempts.Count == 0 ? 1 : 0;
                for (int i = 0; i < settlement.Outcomes.Count; i++)
                {
                    Waiting recipient = entry.Recipients.First(r => r.Recipient.Number == settlement.Delivery.Recipients[i].Number);
                    if (settlement.Outcomes[i] is RecipientOutcome.Deferred deferred)
                    {
                        recipient.Due = deferred.Until;
                        recipient.Recipient = recipient.Recipient with { DelayNoticed = recipient.Recipient.DelayNoticed || deferred.DelayNoticed };
                    }
                    else
                    {
                        entry.Recipients.Remove(recipient);
                    }
                }

                if (entry.Recipients.Count == 0)
                {
                    _entries.Remove(entry);
                    if (!_entries.Exists(e => e.Id == entry.Id))
                    {
                        _contents.Remove(entry.Id);
                    }
                }

                foreach (Report report in settlement.Reports)
                {
                    Reports.Add(report);
                    Add(report.Envelope, report.Content);
                }
            }

            Ring();
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<MessageContent?> OpenAsync(SpoolId id, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(_contents.GetValueOrDefault(id));
        }
    }

    public async ValueTask WaitForWorkAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        Task bell;
        TimeSpan wait = atMost;
        lock (_lock)
        {
            bell = _bell.Task;
            DateTimeOffset now = time.GetUtcNow();
            foreach (Waiting recipient in _entries.Where(e => e.Lease == 0).SelectMany(e => e.Recipients).Where(r => r.Due > now))
            {
                wait = recipient.Due - now < wait ? recipient.Due - now : wait;
            }
        }

        using var timer = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        await bell.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private SpoolId Add(Envelope envelope, MessageContent content)
    {
        SpoolId id = SpoolId.Next(time);
        _contents[id] = content;
        DateTimeOffset now = time.GetUtcNow();
        foreach (var group in envelope.Recipients.Select((r, i) => new QueuedRecipient(i, r)).GroupBy(r => Destination.Of(r.Recipient.Address)))
        {
            _entries.Add(new Entry(id, group.Key, envelope, now) { Recipients = [.. group.Select(r => new Waiting { Recipient = r, Due = now })] });
        }

        Ring();
        return id;
    }

    private Delivery Lease(Entry entry, DateTimeOffset now)
    {
        List<QueuedRecipient> due = entry.Due(now);
        entry.Lease = ++_lease;
        entry.Attempts++;
        return new Delivery
        {
            Id = entry.Id,
            Destination = entry.Destination,
            Envelope = entry.Envelope with { Recipients = [.. due.Select(r => r.Recipient)] },
            Recipients = due,
            Size = _contents[entry.Id].Length,
            AcceptedAt = entry.AcceptedAt,
            Attempt = entry.Attempts,
            Lease = entry.Lease,
            Content = entry.Attempts == 1 ? _contents[entry.Id] : null,
        };
    }

    /// <summary>One of each sender, then the next of each.</summary>
    private static Queue<Entry> InTurn(IEnumerable<Entry> entries) => new(entries
        .GroupBy(e => e.Envelope.Origin.Login?.Address.ToString() ?? e.Envelope.ReversePath?.DomainText ?? "")
        .SelectMany(g => g.Select((e, i) => (Entry: e, Place: i))).OrderBy(p => p.Place).Select(p => p.Entry));

    private void Ring()
    {
        TaskCompletionSource bell = _bell;
        _bell = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bell.SetResult();
    }

    private sealed record Entry(SpoolId Id, Destination Destination, Envelope Envelope, DateTimeOffset AcceptedAt)
    {
        public required List<Waiting> Recipients { get; init; }

        public long Lease { get; set; }

        public int Attempts { get; set; }

        public List<QueuedRecipient> Due(DateTimeOffset now) => [.. Recipients.Where(r => r.Due <= now).Select(r => r.Recipient)];
    }

    private sealed class Waiting
    {
        public required QueuedRecipient Recipient { get; set; }

        public DateTimeOffset Due { get; set; }
    }
}
