using System.Net;
using System.Net.Sockets;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Client;

/// <summary>The one place that connects, and it looks at the address first.</summary>
public sealed class Dialer(AddressPolicy policy, TimeProvider time)
{
    internal async ValueTask<(Socket? Socket, Reply? Refusal)> DialAsync(SessionTarget target, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!target.Trusted && !policy.Allows(target.EndPoint.Address))
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
