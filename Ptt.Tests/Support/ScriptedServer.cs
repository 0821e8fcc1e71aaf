using System.Collections.Concurrent;
using System.Net;
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
            await using var session = new ScriptedSession(this, socket);
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
}
