using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Ptt.Dns.Messages;
using Ptt.Dns.Updating;

namespace Ptt.Web.Sandbox;

/// <summary>
/// The name server of the sandbox's world: UDP and TCP on one port of the loopback interface, zones in memory, signed updates (RFC 2136). It
/// owns sockets only; what it says is <see cref="SandboxReplies"/>. Not for production: it will not start on any other interface.
/// </summary>
internal sealed partial class SandboxNameServer(
    IPEndPoint endPoint, IEnumerable<SandboxZone> zones, IEnumerable<TsigKey> keys, TimeProvider time, ILogger<SandboxNameServer> logger) : IAsyncDisposable
{
    private const int MaxConnections = 64;

    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _places = new(MaxConnections);
    private readonly List<Task> _loops = [];
    private SandboxReplies? _replies;
    private Socket? _udp;
    private Socket? _tcp;

    /// <summary>With the real port, once started.</summary>
    public IPEndPoint EndPoint { get; private set; } = endPoint;

    public IReadOnlyList<SandboxZone> Zones { get; } = [.. zones];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!IPAddress.IsLoopback(EndPoint.Address))
        {
            throw new InvalidOperationException($"The sandbox's name server serves this machine only, not {EndPoint.Address}.");
        }

        _replies = new SandboxReplies(Zones, [.. keys], time);
        (_tcp, _udp) = Bind();
        _loops.Add(Task.Run(() => ServeUdpAsync(_udp), CancellationToken.None));
        _loops.Add(Task.Run(() => ServeTcpAsync(_tcp), CancellationToken.None));
        Started(EndPoint, string.Join(' ', Zones.Select(z => z.Name)));
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _tcp?.Dispose();
        _udp?.Dispose();
        await Task.WhenAll(_loops);
        _stop.Dispose();
        _places.Dispose();
    }

    /// <summary>A port that was left to chance must be free for both protocols.</summary>
    private (Socket Tcp, Socket Udp) Bind()
    {
        for (int tries = 0; ; tries++)
        {
            var tcp = new Socket(EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            var udp = new Socket(EndPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                tcp.Bind(EndPoint);
                udp.Bind(tcp.LocalEndPoint!);
                tcp.Listen();
                EndPoint = (IPEndPoint)tcp.LocalEndPoint!;
                return (tcp, udp);
            }
            catch (SocketException) when (EndPoint.Port == 0 && tries < 20)
            {
                tcp.Dispose();
                udp.Dispose();
            }
        }
    }

    private async Task ServeUdpAsync(Socket socket)
    {
        byte[] buffer = new byte[DnsMessage.MaxLength];
        var anyone = new IPEndPoint(EndPoint.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                SocketReceiveFromResult received = await socket.ReceiveFromAsync(buffer, anyone, _stop.Token);
                if (_replies!.Reply(buffer.AsSpan(0, received.ReceivedBytes), overUdp: true) is { } reply)
                {
                    await socket.SendToAsync(reply, received.RemoteEndPoint, _stop.Token);
                }
            }
            catch (Exception fault) when (fault is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // A client that closed its port shows up here; the loop ends only when we stop.
            }
            catch (Exception fault)
            {
                Faulted(fault);
            }
        }
    }

    private async Task ServeTcpAsync(Socket socket)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _places.WaitAsync(_stop.Token);
                Socket connection = await socket.AcceptAsync(_stop.Token);
                _ = Task.Run(() => ConverseAsync(connection), CancellationToken.None);
            }
            catch (Exception fault) when (fault is SocketException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }

    /// <summary>Messages one after the other (RFC 7766 §6.2.1), each behind its length.</summary>
    private async Task ConverseAsync(Socket connection)
    {
        try
        {
            await using var stream = new NetworkStream(connection, ownsSocket: true);
            byte[] length = new byte[2];
            while (true)
            {
                using var limit = new CancellationTokenSource(IdleTimeout, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
                await stream.ReadExactlyAsync(length, either.Token);
                byte[] message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(message, either.Token);
                if (_replies!.Reply(message, overUdp: false) is not { } reply)
                {
                    return;
                }

                byte[] framed = [.. length, .. reply];
                BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)reply.Length);
                await stream.WriteAsync(framed, either.Token);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Gone, or silent for too long.
        }
        catch (Exception fault)
        {
            Faulted(fault);
        }
        finally
        {
            if (!_stop.IsCancellationRequested)
            {
                _places.Release();
            }
        }
    }

    [LoggerMessage(7101, LogLevel.Information, "The sandbox's name server answers on {EndPoint} for {Zones}")]
    private partial void Started(IPEndPoint endPoint, string zones);

    [LoggerMessage(7102, LogLevel.Error, "The sandbox's name server could not answer a message")]
    private partial void Faulted(Exception fault);
}
