using System.Diagnostics.Metrics;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Server;
using Ptt.Smtp.Transport;

namespace Ptt.Tests.Support;

/// <summary>One SMTP session over in-memory pipes: the server on one end, the test on the other.</summary>
internal sealed class SmtpBench : IAsyncDisposable, IConnectionLifetimeNotificationFeature
{
    private readonly IDuplexPipe _client;
    private readonly DefaultConnectionContext _server;
    private readonly CancellationTokenSource _closeRequested = new();
    private Stream _stream;
    private Task _session = Task.CompletedTask;

    public SmtpBench()
    {
        var toServer = new Pipe(new PipeOptions(useSynchronizationContext: false));
        var toClient = new Pipe(new PipeOptions(useSynchronizationContext: false, pauseWriterThreshold: 0));
        _client = new Duplex(toClient.Reader, toServer.Writer);
        _server = new DefaultConnectionContext("session", new Duplex(toServer.Reader, toClient.Writer), _client)
        {
            RemoteEndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.7"), 40_000),
        };
        _server.Features.Set<IConnectionLifetimeNotificationFeature>(this);
        _stream = new DuplexPipeStream(_client);
        Profile = new ListenerProfile { Role = Role.Submission, Hostname = "mail.example.test", NextHop = Hop, Tls = TestCertificate.Shared, TlsRequired = true, Authenticator = Users };
    }

    public ListenerProfile Profile { get; set; }

    public Limits Limits { get; } = new();

    public RecordingHop Hop { get; } = new();

    public StaticAuthenticator Users { get; } = new("ada@example.test", "bob@example.test", "service@example.test");

    public ManualTime Time { get; } = new();

    public SessionTraceHub Traces { get; } = new();

    public SslStream? Tls { get; private set; }

    public Task Session => _session;

    public CancellationToken ConnectionClosedRequested { get => _closeRequested.Token; set => throw new NotSupportedException(); }

    public void RequestClose() => _closeRequested.Cancel();

    public void Start()
    {
        using var meters = new EmptyMeterFactory();
        var handler = new SmtpConnectionHandler(Profile, () => Limits, Time, new ServerMetrics(meters), NullLogger<SmtpConnectionHandler>.Instance, Traces);
        IDuplexPipe raw = _server.Transport;
        _session = Task.Run(async () =>
        {
            await handler.OnConnectedAsync(_server);
            await raw.Output.CompleteAsync();
            await raw.Input.CompleteAsync();
        });
    }

    public async Task SendAsync(ReadOnlyMemory<byte> octets)
    {
        try
        {
            await _stream.WriteAsync(octets);
        }
        catch (IOException)
        {
            // The server has closed: what it said before is still to be read.
        }
    }

    /// <summary>The next line without CRLF; null when the server has closed.</summary>
    public async Task<string?> LineAsync()
    {
        var line = new List<byte>();
        byte[] one = new byte[1];
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (await _stream.ReadAsync(one, late.Token) == 1)
        {
            line.Add(one[0]);
            if (line is [.., (byte)'\r', (byte)'\n'])
            {
                return System.Text.Encoding.UTF8.GetString([.. line[..^2]]);
            }
        }

        return line.Count == 0 ? null : throw new InvalidOperationException("The server closed within a line: " + System.Text.Encoding.UTF8.GetString([.. line]));
    }

    public async Task HandshakeAsync(SslClientAuthenticationOptions? options = null)
    {
        Tls = new SslStream(new DuplexPipeStream(_client), leaveInnerStreamOpen: true);
        await Tls.AuthenticateAsClientAsync(options ?? new SslClientAuthenticationOptions
        {
            TargetHost = "mail.example.test",
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        });
        _stream = Tls;
    }

    /// <summary>The client goes away.</summary>
    public void HangUp() => _client.Output.Complete();

    public async ValueTask DisposeAsync()
    {
        await _client.Output.CompleteAsync();
        await _client.Input.CompleteAsync();
        await _session.WaitAsync(TimeSpan.FromSeconds(120));
        _closeRequested.Dispose();
    }

    void IConnectionLifetimeNotificationFeature.RequestClose() => RequestClose();

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class EmptyMeterFactory : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
