using System.Net;
using System.Net.Sockets;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Client;

/// <summary>The one place that connects, and it looks at the address first.</summary>
public sealed class Dialer(AddressPolicy policy, TimeProvider time)
{
    /// <summary>The next address is dialled too when one has not answered in this time (RFC 8305 §5 in spirit).</summary>
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(300);

    /// <summary>Whether an address may be dialled at all.</summary>
    public bool Allows(SessionTarget target) => target.Trusted || policy.Allows(target.EndPoint.Address);

    /// <summary>The first that answers wins; a slow or dead address costs a moment and not a timeout.</summary>
    internal async ValueTask<Dialled> DialAsync(IReadOnlyList<SessionTarget> targets, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (targets.Count == 1)
        {
            (Socket? only, Reply? refusal) = await DialAsync(targets[0], timeout, cancellationToken).ConfigureAwait(false);
            return new Dialled(only, targets[0], only is null ? [new ConnectFailure(targets[0], refusal!)] : []);
        }

        using var race = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<(SessionTarget Target, Task<(Socket? Socket, Reply? Refusal)> Dialling)>();
        var failed = new List<ConnectFailure>();
        int next = 0;
        while (next < targets.Count || running.Count > 0)
        {
            if (next < targets.Count)
            {
                running.Add((targets[next], DialAsync(targets[next], timeout, race.Token).AsTask()));
                next++;
            }

            Task some = Task.WhenAny(running.Select(r => r.Dialling));
            await (next < targets.Count ? Task.WhenAny(some, Task.Delay(HeadStart, time, race.Token)) : some).ConfigureAwait(false);
            foreach ((SessionTarget target, Task<(Socket? Socket, Reply? Refusal)> dialling) in running.Where(r => r.Dialling.IsCompleted).ToArray())
            {
                running.RemoveAll(r => r.Dialling == dialling);
                (Socket? socket, Reply? refusal) = await dialling.ConfigureAwait(false);
                if (socket is null)
                {
                    failed.Add(new ConnectFailure(target, refusal!));
                    continue;
                }

                await race.CancelAsync().ConfigureAwait(false);
                foreach ((Socket? late, _) in await Task.WhenAll(running.Select(r => r.Dialling)).ConfigureAwait(false))
                {
                    late?.Dispose();
                }

                return new Dialled(socket, target, failed);
            }
        }

        await race.CancelAsync().ConfigureAwait(false);
        return new Dialled(null, null, failed);
    }

    private async ValueTask<(Socket? Socket, Reply? Refusal)> DialAsync(SessionTarget target, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!Allows(target))
        {
            return (null, ClientReplies.NotPublic);
        }

        var socket = new Socket(target.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var deadline = new CancellationTokenSource(timeout, time);
        using CancellationTokenRegistration stop = cancellationToken.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), deadline);
        try
        {
            if (target.Source is { } source && source.AddressFamily == target.EndPoint.AddressFamily)
            {
                socket.Bind(new IPEndPoint(source, 0));
            }

            await socket.ConnectAsync(target.EndPoint, deadline.Token).ConfigureAwait(false);
            return (socket, null);
        }
        catch (SocketException fault)
        {
            socket.Dispose();
            return (null, ClientReplies.NoAnswer($"Connecting to {target.EndPoint} failed: {Describe(fault.SocketErrorCode)}"));
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            return (null, cancellationToken.IsCancellationRequested
                ? ClientReplies.Stopping
                : ClientReplies.NoAnswer($"Connecting to {target.EndPoint} timed out"));
        }
    }

    private static string Describe(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.TimedOut => "timed out",
        SocketError.HostUnreachable => "no route to the host",
        SocketError.NetworkUnreachable => "the network is unreachable",
        SocketError.ConnectionReset => "connection reset",
        SocketError.AddressNotAvailable => "the source address is not ours",
        SocketError.AccessDenied => "not permitted",
        _ => error.ToString(),
    };
}

/// <summary>What came of dialling: a connection to one target, or none; and those that failed before it.</summary>
internal readonly record struct Dialled(Socket? Socket, SessionTarget? Target, IReadOnlyList<ConnectFailure> Failed);
