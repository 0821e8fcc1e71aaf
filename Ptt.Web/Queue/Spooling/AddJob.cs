using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// One message on its way into the queue. Where the window has room, its deliveries are written as leased by this process, attempt 1
/// counted: their first attempt needs no second write. A start that finds such rows knows that nobody holds them.
/// </summary>
internal sealed class NewMessage(SpooledMessage message, byte[] details, byte[]? octets, string? hold, Hands hands)
{
    private readonly List<Leased> _leased = [];
    private readonly List<Destination> _onDisk = [];
    private bool _bytesReserved;

    public SpooledMessage Message => message;

    /// <summary>Something of it does not go out at once, so that its story begins before its first attempt.</summary>
    public bool Waits => hold is not null || _onDisk.Count > 0;

    public string? HeldFor => hold;

    public long Weight => 1024 + details.Length + (octets?.Length ?? 0);

    public void Apply(SpoolDatabase database)
    {
        database.Insert(message, details, octets);
        string turn = message.Turn;
        long now = message.AcceptedAt.ToUnixTimeMilliseconds();
        if (message.Envelope.Recipients is [{ } only])
        {
            Add(0, Destination.Of(only.Address), [new QueuedRecipient(0, only)]);
        }
        else
        {
            int part = 0;
            foreach (var group in message.Envelope.Recipients.Select((r, i) => new QueuedRecipient(i, r)).GroupBy(r => Destination.Of(r.Recipient.Address)))
            {
                Add(part++, group.Key, [.. group]);
            }
        }

        if (_leased.Count > 0 && octets is not null && hands.TryReserveBytes(octets.Length))
        {
            _bytesReserved = true;
            message.Octets = octets;
        }

        void Add(int part, Destination destination, QueuedRecipient[] due)
        {
            long lease = 0;
            if (hold is null && hands.TryReserve(turn, destination))
            {
                lease = hands.NextLease();
                _leased.Add(new Leased
                {
                    Message = message, Part = part, Destination = destination, Turn = turn, Retry = false, Attempt = 1, Lease = lease, Due = due,
                });
            }
            else if (hold is null)
            {
                _onDisk.Add(destination);
            }

            database.InsertDelivery(message.Sequence, part, destination, turn, lease == 0 ? 0 : 1, lease, now, hold);
        }
    }

    public void Undo()
    {
        hands.Unreserve(_leased.Count);
        if (_bytesReserved)
        {
            hands.ReleaseBytes(octets!.Length);
            message.Octets = null;
            _bytesReserved = false;
        }

        _leased.Clear();
        _onDisk.Clear();
    }

    public void Committed()
    {
        message.Hold(_leased.Count);
        hands.Added();
        _leased.ForEach(hands.Put);
        long now = message.AcceptedAt.ToUnixTimeMilliseconds();
        _onDisk.ForEach(d => hands.Note(message.Turn, d, retry: false, now));
    }
}

/// <summary><see cref="ISpool.AddAsync"/> at the writer.</summary>
internal sealed class AddJob(NewMessage message, bool tell, Action bell) : SpoolJob
{
    private readonly TaskCompletionSource<SpoolAdd> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<SpoolAdd> Done => _done.Task;

    public override long Weight => message.Weight;

    public override void Apply(SpoolDatabase database)
    {
        message.Apply(database);
        if (tell || message.Waits)
        {
            string state = message.HeldFor is null ? "queued" : "held";
            database.Tell(Story.Of(message.Message, message.HeldFor is null ? "accepted" : "held", message.Message.AcceptedAt,
                [.. message.Message.Envelope.Recipients.Select((r, i) => new StoryRecipient(i, r.Address.ToString(), state, message.HeldFor))]));
        }
    }

    public override void Undo() => message.Undo();

    public override void Committed()
    {
        message.Committed();
        _done.SetResult(new SpoolAdd.Queued(message.Message.Id));
        bell();
    }

    public override void Failed(Exception fault) =>
        _done.SetResult(fault is SqliteFault { IsFull: true } ? new SpoolAdd.Full() : new SpoolAdd.Failed());
}
