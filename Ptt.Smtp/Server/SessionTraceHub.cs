using System.Net;
using System.Threading.Channels;

namespace Ptt.Smtp.Server;

/// <summary>One line of a session as it was said; a secret is three asterisks.</summary>
public sealed record TraceLine(DateTimeOffset At, string SessionId, IPAddress Client, string? Login, bool FromClient, string Text);

/// <summary>
/// Lets an administrator listen to sessions while they run: those of one client address or of one login. Costs nothing while nobody listens; a
/// listener who is too slow loses the oldest lines, never holds a session up. Message data is not in it.
/// </summary>
public sealed class SessionTraceHub
{
    private const int MaxWatches = 16;
    private const int MaxWaiting = 2_000;

    private readonly Lock _lock = new();
    private TraceWatch[] _watches = [];

    /// <summary>Somebody listens to something.</summary>
    public bool IsWatched => Volatile.Read(ref _watches).Length > 0;

    /// <summary><paramref name="of"/> is an IP address, a login, or <c>*</c>. Null when too many listen already. Disposing ends it.</summary>
    public TraceWatch? Watch(string of)
    {
        lock (_lock)
        {
            if (_watches.Length >= MaxWatches)
            {
                return null;
            }

            var watch = new TraceWatch(this, of, MaxWaiting);
            _watches = [.. _watches, watch];
            return watch;
        }
    }

    internal void Add(TraceLine line)
    {
        foreach (TraceWatch watch in Volatile.Read(ref _watches))
        {
            if (watch.Wants(line))
            {
                watch.Lines.Writer.TryWrite(line);
            }
        }
    }

    /// <summary>A line again, for those who watch the login that is known only now.</summary>
    internal void Replay(TraceLine line)
    {
        foreach (TraceWatch watch in Volatile.Read(ref _watches))
        {
            if (watch.IsOfLogin && watch.Wants(line))
            {
                watch.Lines.Writer.TryWrite(line);
            }
        }
    }

    internal void Remove(TraceWatch watch)
    {
        lock (_lock)
        {
            _watches = [.. _watches.Where(w => w != watch)];
        }
    }
}

/// <summary>One listener's lines.</summary>
public sealed class TraceWatch : IDisposable
{
    private readonly SessionTraceHub _hub;
    private readonly string _of;
    private readonly IPAddress? _address;

    internal TraceWatch(SessionTraceHub hub, string of, int most)
    {
        (_hub, _of) = (hub, of);
        _address = IPAddress.TryParse(of, out IPAddress? address) ? address : null;
        Lines = Channel.CreateBounded<TraceLine>(new BoundedChannelOptions(most) { FullMode = BoundedChannelFullMode.DropOldest });
    }

    internal Channel<TraceLine> Lines { get; }

    public ChannelReader<TraceLine> Reader => Lines.Reader;

    internal bool IsOfLogin => _address is null && _of != "*";

    public void Dispose()
    {
        _hub.Remove(this);
        Lines.Writer.TryComplete();
    }

    internal bool Wants(TraceLine line) =>
        _of == "*" || (_address is not null ? line.Client.Equals(_address) : string.Equals(line.Login, _of, StringComparison.OrdinalIgnoreCase));
}
