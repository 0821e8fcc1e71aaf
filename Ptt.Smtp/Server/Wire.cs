using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Transport;

namespace Ptt.Smtp.Server;

/// <summary>What came of waiting for the client.</summary>
internal enum Heard
{
    Something,

    /// <summary>The client closed or reset the connection, or takes nothing any more.</summary>
    Gone,

    TimedOut,

    /// <summary>The server is to stop; only told where a command could begin.</summary>
    Stopping,
}

/// <summary>
/// The session's hold on the connection: reads with a time limit, replies that wait for their companions (RFC 2920 §3.2: one write for a
/// pipelined batch). Looks the transport up each time, since STARTTLS replaces it.
/// </summary>
internal sealed class Wire(ConnectionContext connection, Limits limits, TimeProvider time, SessionTrace? trace) : IDisposable
{
    private const int FlushAt = 16 * 1024;

    private readonly Deadline _deadline = new(connection, time);
    private volatile bool _stopping;
    private int _unflushed;

    public bool IsStopping => _stopping;

    public SessionTrace? Trace => trace;

    public void Say(Reply reply)
    {
        PipeWriter output = connection.Transport.Output;
        ReplyWriter.Write(reply, output);
        _unflushed += reply.Text.Length + 16;
        trace?.Said(reply);
    }

    /// <summary>Ends the wait for a command, now or at the next one.</summary>
    public void Stop()
    {
        _stopping = true;
        connection.Transport.Input.CancelPendingRead();
    }

    /// <summary>False: the client takes nothing any more.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FlushAsync()
    {
        _unflushed = 0;
        ValueTask<FlushResult> flush = connection.Transport.Output.FlushAsync();
        if (flush.IsCompletedSuccessfully)
        {
            return !flush.Result.IsCompleted;
        }

        _deadline.In(limits.WriteTimeout);
        FlushResult result = await flush;
        _deadline.Clear();
        return result is { IsCompleted: false, IsCanceled: false };
    }

    /// <summary>
    /// Waits for octets; what was said before goes out first, unless octets are here already. The caller gives the buffer back
    /// with <see cref="Advance"/>.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(Heard Heard, ReadOnlySequence<byte> Buffer)> ReadAsync(TimeSpan timeout, bool stoppable)
    {
        while (true)
        {
            if (_unflushed > FlushAt && !await FlushAsync())
            {
                return (Heard.Gone, default);
            }

            if (!connection.Transport.Input.TryRead(out ReadResult result))
            {
                if (_unflushed > 0 && !await FlushAsync())
                {
                    return (Heard.Gone, default);
                }

                _deadline.In(timeout);
                result = await connection.Transport.Input.ReadAsync();
                _deadline.Clear();
            }

            if (result.IsCanceled && (_deadline.HasPassed || (_stopping && stoppable)))
            {
                Advance(result.Buffer.Start, result.Buffer.Start);
                return (_deadline.HasPassed ? Heard.TimedOut : Heard.Stopping, default);
            }

            if (!result.Buffer.IsEmpty)
            {
                IsAtEnd = result.IsCompleted;
                return (Heard.Something, result.Buffer);
            }

            Advance(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted)
            {
                return (Heard.Gone, default);
            }
        }
    }

    /// <summary>Nothing more comes after the buffer given last.</summary>
    public bool IsAtEnd { get; private set; }

    public void Advance(SequencePosition consumed, SequencePosition examined) => connection.Transport.Input.AdvanceTo(consumed, examined);

    /// <summary>True when something is here already that we have not looked at: after STARTTLS that is an attack (RFC 3207 §6).</summary>
    public bool HasUnread()
    {
        if (!connection.Transport.Input.TryRead(out ReadResult result))
        {
            return false;
        }

        bool any = !result.Buffer.IsEmpty;
        Advance(result.Buffer.Start, result.Buffer.Start);
        return any;
    }

    public void Dispose() => _deadline.Dispose();
}
