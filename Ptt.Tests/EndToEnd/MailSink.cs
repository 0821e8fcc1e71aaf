using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Ptt.Tests.EndToEnd;

/// <summary>A destination, on loopback or where its socket is, that takes everything and remembers the <c>X-Id</c> of each message, in the order they came.</summary>
internal sealed class MailSink : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public MailSink(int port = 0)
        : this(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), new IPEndPoint(IPAddress.Loopback, port))
    {
    }

    public MailSink(Socket listener, IPEndPoint endPoint)
    {
        _listener = listener;
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(endPoint);
        _listener.Listen();
        _loop = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>What the test calls its present phase; each arrival is marked with it.</summary>
    public int Phase { get; set; }

    public ConcurrentQueue<(int Id, int Phase)> Arrivals { get; } = new();

    public async Task WaitForAsync(IReadOnlyCollection<int> ids, int seconds, Func<string> state)
    {
        for (int i = 0; i < seconds * 10; i++)
        {
            if (Arrivals.Select(a => a.Id).ToHashSet().IsSupersetOf(ids))
            {
                return;
            }

            await Task.Delay(100);
        }

        int[] missing = [.. ids.Except(Arrivals.Select(a => a.Id)).Order()];
        Assert.Fail($"{missing.Length} messages never came: {string.Join(' ', missing.Take(20))}\n{state()}");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _loop;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Socket socket = await _listener.AcceptAsync(_stop.Token);
                _ = ConverseAsync(socket);
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ConverseAsync(Socket socket)
    {
        socket.NoDelay = true;
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        try
        {
            await SayAsync(stream, "220 sink.test");
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                switch (line.Split(' ')[0].ToUpperInvariant())
                {
                    case "EHLO":
                        await SayAsync(stream, "250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 0");
                        break;
                    case "DATA":
                        await SayAsync(stream, "354 go on");
                        Arrivals.Enqueue((await ReadAsync(reader), Phase));
                        await SayAsync(stream, "250 2.0.0 taken");
                        break;
                    case "QUIT":
                        await SayAsync(stream, "221 bye");
                        return;
                    default:
                        await SayAsync(stream, "250 2.0.0 ok");
                        break;
                }
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or EndOfStreamException)
        {
            // The other side was killed, as the test wants.
        }
    }

    private async Task<int> ReadAsync(StreamReader reader)
    {
        int id = -1;
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            if (line == ".")
            {
                return id;
            }

            if (line.StartsWith("X-Id: ", StringComparison.Ordinal))
            {
                id = int.Parse(line.AsSpan(6), CultureInfo.InvariantCulture);
            }
        }

        throw new EndOfStreamException();
    }

    private static async Task SayAsync(Stream stream, string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text + "\r\n"));
}
