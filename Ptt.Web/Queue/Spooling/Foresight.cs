using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// Which lanes have something due in the next minutes: read from the disk as time goes on, so that neither a start nor the memory grows with what waits for
/// later. Up to <see cref="Hands.Horizon"/> every change is noted as it is committed; what lies behind it is found when the horizon has moved on.
/// </summary>
internal sealed partial class Foresight(ReaderPool readers, Hands hands, Action bell, ILogger logger)
{
    private const int Stretch = 8_000;
    private const long Ahead = 10 * 60_000;

    private readonly Lock _gate = new();
    private Place _from = Place.First;
    private bool _reached = true, _looking, _anew;
    private volatile bool _ended;
    private volatile Task _look = Task.CompletedTask;

    /// <summary>Until it is time to look further; null while that happens.</summary>
    public TimeSpan? UntilNextLook
    {
        get
        {
            lock (_gate)
            {
                return _looking ? null : TimeSpan.FromMilliseconds(_reached ? Math.Max(0, hands.Horizon - (Ahead / 2) - hands.Now) : 1000);
            }
        }
    }

    /// <summary>At the start: the first that are due are known when this returns, the others of a long list soon.</summary>
    public void Begin()
    {
        if (TryBegin() && !LookAtStretch())
        {
            _look = Task.Run(Look);
        }
    }

    /// <summary>Looks further when it is time to, beside whoever asks; only who is late waits for it.</summary>
    public async ValueTask FollowAsync()
    {
        while (true)
        {
            bool late = hands.Horizon < hands.Now;
            if (TryBegin())
            {
                _look = Task.Run(Look);
            }

            if (!late)
            {
                return;
            }

            await _look;
            if (_ended || hands.Horizon >= hands.Now)
            {
                return;
            }
        }
    }

    /// <summary>The times on the disk were changed: everything up to the horizon is read again.</summary>
    public void BeginAnew()
    {
        lock (_gate)
        {
            _anew = true;
            _reached = false;
        }

        bell();
    }

    /// <summary>Nothing reads any more when the task completes.</summary>
    public Task EndAsync()
    {
        lock (_gate)
        {
            _ended = true;
            return _look;
        }
    }

    private bool TryBegin()
    {
        lock (_gate)
        {
            bool further = hands.Horizon - hands.Now <= Ahead / 2;
            if (_ended || _looking || (_reached && !further))
            {
                return false;
            }

            if (further)
            {
                hands.Horizon = hands.Now + Ahead;   // before anything is read: what is committed from here on notes itself
            }

            _reached = false;
            return _looking = true;
        }
    }

    private void Look()
    {
        while (!LookAtStretch())
        {
        }

        bell();
    }

    /// <summary>True when it has come to its end, or cannot go on.</summary>
    private bool LookAtStretch()
    {
        Place from;
        lock (_gate)
        {
            from = _anew ? Place.First : _from;
            _anew = false;
        }

        bool failed = false, more = false;
        try
        {
            (from, more) = Read(from);
        }
        catch (Exception fault) when (fault is SqliteFault or ObjectDisposedException)
        {
            failed = true;
            LookFailed(fault);
        }

        lock (_gate)
        {
            _from = from;
            more |= _anew;
            _reached = !failed && !more;
            _looking = !failed && more;
            return !_looking;
        }
    }

    private (Place End, bool More) Read(Place from)
    {
        var names = new Dictionary<string, Destination>();   // one text for all lanes to a destination
        using ReaderPool.Lent reader = readers.Rent();
        Statement row = reader.Statement("""
            SELECT due_at, seq, part, turn, destination, retry FROM delivery INDEXED BY delivery_time
            WHERE lease = 0 AND hold IS NULL AND (due_at, seq, part) > (?, ?, ?) AND due_at <= ? ORDER BY due_at, seq, part LIMIT ?
            """);
        long horizon = hands.Horizon;
        row.Bind(1, from.DueAt).Bind(2, from.Seq).Bind(3, from.Part).Bind(4, horizon).Bind(5, Stretch);
        int read = 0;
        while (row.Step())
        {
            from = new Place(row.Int64(0), row.Int64(1), row.Int32(2));
            string name = row.Text(4)!;
            if (!names.TryGetValue(name, out Destination destination))
            {
                names[name] = destination = new Destination(name);
            }

            hands.Note(row.Text(3)!, destination, row.Int32(5) != 0, from.DueAt);
            read++;
        }

        return (from, read == Stretch);
    }

    /// <summary>A row of the index by time.</summary>
    private readonly record struct Place(long DueAt, long Seq, int Part)
    {
        public static readonly Place First = new(long.MinValue, 0, 0);
    }

    [LoggerMessage(5008, LogLevel.Warning, "What is due next could not be read from the spool; it is tried again")]
    private partial void LookFailed(Exception fault);
}
