using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Text;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Client;

/// <summary>
/// The octets of one client connection: buffered out, parsed in, each wait with an end. What goes wrong is a reply of our own
/// making, given once and for all: after <see cref="Fault"/> nothing is read or written any more.
/// </summary>
internal sealed class ClientWire(Socket socket, TimeProvider time) : IBufferWriter<byte>, IAsyncDisposable
{
    private const int FlushAt = 64 * 1024;

    private static readonly Reply Ok = new(250, null, "");
    private static readonly Reply StartMailInput = new(354, null, "");

    // One for the life of the connection: armed before a wait, disarmed after it.
    private readonly CancellationTokenSource _deadline = new(Timeout.InfiniteTimeSpan, time);
    private Stream _stream = new NetworkStream(socket, ownsSocket: true);
    private byte[] _out = ArrayPool<byte>.Shared.Rent(8 * 1024);
    private int _outCount;
    private byte[] _in = ArrayPool<byte>.Shared.Rent(2 * 1024);
    private int _inStart;
    private int _inEnd;
    private CancellationToken _stop;

    public Reply? Fault { get; private set; }

    public SslStream? Tls { get; private set; }

    public Socket Socket => socket;

    /// <summary>Octets that wait to be sent; past a size the caller flushes before it writes more.</summary>
    public bool ShouldFlush => _outCount >= FlushAt;

    public bool HasUnread => _inEnd > _inStart;

    /// <summary>For as long as the result lives, <paramref name="cancellationToken"/> ends whatever wait there is.</summary>
    public CancellationTokenRegistration StopOn(CancellationToken cancellationToken)
    {
        _stop = cancellationToken;
        return cancellationToken.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), _deadline);
    }

    public void WriteAscii(string text)
    {
        Span<byte> span = GetSpan(text.Length);
        _outCount += Encoding.ASCII.GetBytes(text, span);
    }

    public void WriteUtf8(string text)
    {
        Span<byte> span = GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        _outCount += Encoding.UTF8.GetBytes(text, span);
    }

    public void Advance(int count) => _outCount += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _out.AsMemory(_outCount);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _out.AsSpan(_outCount);
    }

    /// <summary>Forgets what was written and not yet flushed.</summary>
    public void Discard() => _outCount = 0;

    public void Break(Reply fault)
    {
        Fault ??= fault;
        _outCount = 0;
    }

    /// <summary>False when the connection is gone; <see cref="Fault"/> then says how.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FlushAsync(TimeSpan timeout, string what)
    {
        if (Fault is not null)
        {
            return false;
        }

        if (_outCount == 0)
        {
            return true;
        }

        try
        {
            ValueTask write = _stream.WriteAsync(_out.AsMemory(0, _outCount), _deadline.Token);
            if (write.IsCompletedSuccessfully)
            {
                write.GetAwaiter().GetResult();              // the system had room for it: nothing to wait for
            }
            else
            {
                _deadline.CancelAfter(timeout);
                await write.ConfigureAwait(false);
                _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
            }

            _outCount = 0;
            return true;
        }
        catch (Exception fault) when (fault is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // A server that refuses in the middle of the content has often said why before it closed.
            Reply? last = fault is IOException ? await LastWordsAsync().ConfigureAwait(false) : null;
            Fault = null;
            Break(last ?? Describe(fault, what));
            return false;
        }
    }

    /// <summary>The next reply of the remote, or the fault that stands in its place.</summary>
    public ValueTask<Reply> ReadReplyAsync(TimeSpan timeout, string what, bool terse = false)
    {
        if (Fault is not null)
        {
            return ValueTask.FromResult(Fault);
        }

        return TryTake(terse) is { } reply ? ValueTask.FromResult(reply) : ReceiveReplyAsync(timeout, what, terse);
    }

    /// <summary>Null when it worked.</summary>
    public async ValueTask<Reply?> UpgradeAsync(SslClientAuthenticationOptions options, TimeSpan timeout)
    {
        // Plaintext that came with the reply to STARTTLS was sent before the handshake, perhaps by someone else (RFC 3207 §4.2 and
        // CVE-2011-0411): it is refused, not carried into the session.
        if (HasUnread)
        {
            Break(ClientReplies.PlaintextAfterStartTls);
            return Fault;
        }

        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        try
        {
            _deadline.CancelAfter(timeout);
            await tls.AuthenticateAsClientAsync(options, _deadline.Token).ConfigureAwait(false);
            _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
            _stream = Tls = tls;
            return null;
        }
        catch (Exception fault) when (fault is AuthenticationException or IOException or SocketException or OperationCanceledException
            or InvalidOperationException or ObjectDisposedException or System.ComponentModel.Win32Exception)
        {
            _stream = tls;
            Break(fault switch
            {
                OperationCanceledException => Describe(fault, "the TLS handshake"),
                AuthenticationException { InnerException: { } inner } => ClientReplies.HandshakeFailed(OneLine(inner.Message)),
                _ => ClientReplies.HandshakeFailed(OneLine(fault.Message)),
            });
            return Fault;
        }
    }

    /// <summary>True while the remote has neither closed nor spoken out of turn. Costs one system call.</summary>
    public bool IsQuiet()
    {
        try
        {
            return Fault is null && !HasUnread && !socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Fault ??= ClientReplies.Lost("nothing: the session was closed");
        await _stream.DisposeAsync().ConfigureAwait(false);
        _deadline.Dispose();
        if (_out.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_out);
            ArrayPool<byte>.Shared.Return(_in);
            _out = _in = [];
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> ReceiveReplyAsync(TimeSpan timeout, string what, bool terse)
    {
        try
        {
            _deadline.CancelAfter(timeout);     // for the whole reply: one that trickles in gains nothing
            while (true)
            {
                MakeRoomToRead();
                int read = await _stream.ReadAsync(_in.AsMemory(_inEnd), _deadline.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    Break(ClientReplies.Lost(what));
                    return Fault!;
                }

                _inEnd += read;
                if (TryTake(terse) is { } reply)
                {
                    _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
                    return reply;
                }
            }
        }
        catch (Exception fault) when (fault is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            Break(Describe(fault, what));
            return Fault!;
        }
    }

    /// <summary>Null: more octets are needed. With <paramref name="terse"/> the text of a common positive reply is not kept.</summary>
    private Reply? TryTake(bool terse)
    {
        ReadOnlySpan<byte> unread = _in.AsSpan(_inStart, _inEnd - _inStart);
        if (terse && unread.Length >= 6 && (unread.StartsWith("250 "u8) || unread.StartsWith("354 "u8)))
        {
            int end = unread.IndexOf((byte)'\n');
            if (end > 0)
            {
                _inStart += end + 1;
                return unread[0] == '2' ? Ok : StartMailInput;
            }
        }

        var sequence = new ReadOnlySequence<byte>(_in, _inStart, _inEnd - _inStart);
        switch (ReplyReader.TryRead(ref sequence, out Reply? reply))
        {
            case ReplyParse.Complete:
                _inStart = _inEnd - (int)sequence.Length;
                return reply;
            case ReplyParse.Malformed:
                Break(ClientReplies.NotSmtp);
                return Fault;
            default:
                return null;
        }
    }

    private async ValueTask<Reply?> LastWordsAsync()
    {
        Reply reply = await ReceiveReplyAsync(TimeSpan.FromSeconds(2), "its reason", terse: false).ConfigureAwait(false);
        return ReferenceEquals(reply, Fault) ? null : reply;
    }

    private Reply Describe(Exception fault, string what) =>
        fault is not OperationCanceledException ? ClientReplies.Lost(what)
        : _stop.IsCancellationRequested ? ClientReplies.Stopping
        : ClientReplies.TimedOut(what);

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private void Reserve(int size)
    {
        size = Math.Max(size, 256);
        if (_out.Length - _outCount >= size)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_out.Length * 2, _outCount + size));
        _out.AsSpan(0, _outCount).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_out);
        _out = larger;
    }

    private void MakeRoomToRead()
    {
        if (_inStart == _inEnd)
        {
            _inStart = _inEnd = 0;
        }
        else if (_inStart > 0 && _inEnd == _in.Length)
        {
            _in.AsSpan(_inStart, _inEnd - _inStart).CopyTo(_in);
            (_inStart, _inEnd) = (0, _inEnd - _inStart);
        }

        if (_inEnd == _in.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(_in.Length * 2);     // the reader stops it at its limits
            _in.AsSpan(0, _inEnd).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_in);
            _in = larger;
        }
    }
}
