using System.Net;
using System.Net.Sockets;

namespace Ptt.Tests.Support;

/// <summary>Passes questions on to a name server, or while <see cref="IsBlind"/> denies everything: a resolver that does not see what the zone shows.</summary>
internal sealed class DnsRelay : IAsyncDisposable
{
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource _stop = new();
    private readonly IPEndPoint _server;
    private readonly Task _loop;

    public DnsRelay(IPEndPoint server)
    {
        _server = server;
        _loop = RunAsync();
    }

    public bool IsBlind { get; set; }

    public IPEndPoint EndPoint => (IPEndPoint)_socket.Client.LocalEndPoint!;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                UdpReceiveResult question = await _socket.ReceiveAsync(_stop.Token);
                byte[] answer;
                if (IsBlind)
                {
                    answer = question.Buffer;
                    (answer[2], answer[3]) = (0x81, 0x83);                 // RFC 1035 §4.1.1: a response, NXDOMAIN
                }
                else
                {
                    using var upstream = new UdpClient(AddressFamily.InterNetwork);
                    await upstream.SendAsync(question.Buffer, _server, _stop.Token);
                    answer = (await upstream.ReceiveAsync(_stop.Token)).Buffer;
                }

                await _socket.SendAsync(answer, question.RemoteEndPoint, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
