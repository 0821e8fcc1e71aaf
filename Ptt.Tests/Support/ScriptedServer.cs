using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Ptt.Tests.Support;

/// <summary>
/// An SMTP server on loopback that does as it is told. It answers like an ordinary one unless <see cref="On"/> says otherwise: a reply
/// (lines split by \n), or <c>!close</c>, <c>!hang</c>, <c>!reset</c>, <c>!raw text</c>.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _sessions = [];
    private readonly Task _accepting;
    private int _connections;

    public ScriptedServer(string address = "127.0.0.1", int port = 0)
    {
        _listener = new TcpListener(IPAddress.Parse(address), port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Greeting { get; set; } = "220 mx.test ESMTP";

    /// <summary>Keywords of EHLO.</summary>
    public string[] Extensions { get; set; } = ["PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "SIZE 10000000", "ENHANCEDSTATUSCODES"];

    /// <summary>Asked with each command line, with <c>.</c> at the end of the content, and with <c>(greeting)</c>; null: the usual answer.</summary>
    public Func<string, string?> On { get; set; } = _ => null;

    /// <summary>Offers STARTTLS when set.</summary>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>Sent with the certificate.</summary>
    public X509Certificate2? Intermediate { get; set; }

    /// <summary>TLS from the first octet.</summary>
    public bool ImplicitTls { get; set; }

    /// <summary>Says 220 to STARTTLS, and then something that is not TLS.</summary>
    public bool BreaksTls { get; set; }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Command lines in the order they came, of all sessions; the end of the content is <c>.</c>.</summary>
    public ConcurrentQueue<string> Commands { get; } = [];

    public ConcurrentQueue<ReceivedMail> Mails { get; } = [];

    /// <summary>Where each connection came from.</summary>
    public ConcurrentQueue<IPAddress> Clients { get; } = [];

    /// <summary>How many octets each read brought: tells whether commands came together.</summary>
    public ConcurrentQueue<string> Packets { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_sessions);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
                socket.NoDelay = true;
                Interlocked.Increment(ref _connections);
                Clients.Enqueue(((IPEndPoint)socket.RemoteEndPoint!).Address);
                _sessions.Add(ServeAsync(socket));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var session = new Session(this, socket);
            await session.RunAsync(_stop.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException
            or System.Security.Authentication.AuthenticationException)
        {
        }
    }

    internal sealed record ReceivedMail(string MailFrom, IReadOnlyList<string> RcptTo, byte[] Content, bool Tls)
    {
        public string Text => Encoding.Latin1.GetString(Content);
    }

    private sealed class Session(ScriptedServer server, Socket socket) : IAsyncDisposable
    {
        private Stream _stream = new NetworkStream(socket, ownsSocket: true);
        private readonly MemoryStream _chunks = new();
        private byte[] _buffer = [];
        private string _mailFrom = "";
        private List<string> _rcptTo = [];
        private bool _tls;

        public ValueTask DisposeAsync() => _stream.DisposeAsync();

        public async Task RunAsync(CancellationToken stop)
        {
            if (server.ImplicitTls)
            {
                await SecureAsync(stop);
            }

            if (!await SayAsync(server.On("(greeting)") ?? server.Greeting, stop))
            {
                return;
            }

            while (await LineAsync(stop) is { } line)
            {
                server.Commands.Enqueue(line);
                string verb = line.Split(' ', ':')[0].ToUpperInvariant();
                if (verb == "BDAT")
                {
                    string[] words = line.Split(' ');
                    await _chunks.WriteAsync(await ExactAsync(int.Parse(words[1]), stop), stop);
                    string reply = server.On(line) ?? (_rcptTo.Count == 0 ? "554 5.5.1 No recipients" : "250 2.0.0 OK");
                    if (words is [_, _, "LAST"])
                    {
                        Complete(reply, _chunks.ToArray());
                    }

                    if (!await SayAsync(reply, stop))
                    {
                        return;
                    }

                    continue;
                }

                string answer = server.On(line) ?? Usual(verb);
                if (verb == "MAIL" && answer.StartsWith('2'))
                {
                    (_mailFrom, _rcptTo) = (line, []);
                    _chunks.SetLength(0);
                }
                else if (verb == "RCPT" && answer.StartsWith('2'))
                {
                    _rcptTo.Add(line);
                }
                else if (verb == "RSET")
                {
                    (_mailFrom, _rcptTo) = ("", []);
                }

                if (!await SayAsync(answer, stop))
                {
                    return;
                }

                if (verb == "STARTTLS" && answer.StartsWith("220", StringComparison.Ordinal))
                {
                    await SecureAsync(stop);
                }
                else if (verb == "DATA" && answer.StartsWith("354", StringComparison.Ordinal))
                {
                    byte[] content = await DataAsync(stop);
                    server.Commands.Enqueue(".");
                    string reply = server.On(".") ?? "250 2.0.0 Ok: queued";
                    Complete(reply, content);
                    if (!await SayAsync(reply, stop))
                    {
                        return;
                    }
                }
                else if (verb == "QUIT")
                {
                    return;
                }
            }
        }

        private string Usual(string verb) => verb switch
        {
            "EHLO" => "250-mx.test\n" + string.Concat(Keywords().SkipLast(1).Select(e => $"250-{e}\n")) + $"250 {Keywords()[^1]}",
            "HELO" => "250 mx.test",
            "MAIL" => "250 2.1.0 OK",
            "RCPT" => _mailFrom.Length == 0 ? "503 5.5.1 MAIL first" : "250 2.1.5 OK",
            "DATA" => _rcptTo.Count == 0 ? "554 5.5.1 No recipients" : "354 Go ahead",
            "RSET" => "250 2.0.0 OK",
            "STARTTLS" => "220 2.0.0 Ready",
            "QUIT" => "221 2.0.0 Bye",
            _ => "500 5.5.2 What?",
        };

        private string[] Keywords() => server.Certificate is not null && !_tls && !server.ImplicitTls
            ? [.. server.Extensions, "STARTTLS"]
            : [.. server.Extensions, "HELP"];

        private void Complete(string reply, byte[] content)
        {
            if (reply.StartsWith('2') || reply.StartsWith('!'))
            {
                server.Mails.Enqueue(new ReceivedMail(_mailFrom, _rcptTo, content, _tls));
            }

            (_mailFrom, _rcptTo) = ("", []);
            _chunks.SetLength(0);
        }

        private async Task SecureAsync(CancellationToken stop)
        {
            if (server.BreaksTls)
            {
                _ = await _stream.ReadAsync(new byte[4096], stop);                       // the ClientHello
                await _stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), stop);
                throw new IOException("the handshake is broken on purpose");
            }

            var tls = new SslStream(_stream);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(server.Certificate!, server.Intermediate is { } between ? [between] : null, offline: true),
            }, stop);
            (_stream, _tls) = (tls, true);
        }

        /// <summary>False: the session is over.</summary>
        private async Task<bool> SayAsync(string reply, CancellationToken stop)
        {
            switch (reply)
            {
                case "!close":
                    return false;
                case "!reset":
                    socket.LingerState = new LingerOption(true, 0);
                    socket.Close();
                    return false;
                case "!hang":
                    await Task.Delay(Timeout.Infinite, stop);
                    return false;
                case ['!', 'r', 'a', 'w', ' ', .. { } raw]:
                    await _stream.WriteAsync(Encoding.Latin1.GetBytes(raw), stop);
                    return true;
                default:
                    await _stream.WriteAsync(Encoding.UTF8.GetBytes(reply.Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n"), stop);
                    return !reply.StartsWith("421", StringComparison.Ordinal);
            }
        }

        private async Task<string?> LineAsync(CancellationToken stop)
        {
            int end;
            while ((end = _buffer.AsSpan().IndexOf("\r\n"u8)) < 0)
            {
                if (!await FillAsync(stop))
                {
                    return null;
                }
            }

            string line = Encoding.UTF8.GetString(_buffer, 0, end);
            _buffer = _buffer[(end + 2)..];
            return line;
        }

        private async Task<byte[]> DataAsync(CancellationToken stop)
        {
            using var content = new MemoryStream();
            while (true)
            {
                int end;
                while ((end = _buffer.AsSpan().IndexOf("\r\n"u8)) < 0)
                {
                    if (!await FillAsync(stop))
                    {
                        throw new IOException("cut off in the content");
                    }
                }

                byte[] line = _buffer[..(end + 2)];
                _buffer = _buffer[(end + 2)..];
                if (line.AsSpan().SequenceEqual(".\r\n"u8))
                {
                    return content.ToArray();
                }

                content.Write(line.AsSpan(line[0] == '.' ? 1 : 0));
            }
        }

        private async Task<byte[]> ExactAsync(int count, CancellationToken stop)
        {
            while (_buffer.Length < count)
            {
                if (!await FillAsync(stop))
                {
                    throw new IOException("cut off in a chunk");
                }
            }

            byte[] octets = _buffer[..count];
            _buffer = _buffer[count..];
            return octets;
        }

        private async Task<bool> FillAsync(CancellationToken stop)
        {
            byte[] more = new byte[64 * 1024];
            int read = await _stream.ReadAsync(more, stop);
            if (read > 0)
            {
                server.Packets.Enqueue(Encoding.Latin1.GetString(more, 0, read));
                _buffer = [.. _buffer, .. more[..read]];
            }

            return read > 0;
        }
    }
}
