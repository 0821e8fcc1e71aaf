using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;

namespace Ptt.Smtp.Transport;

/// <summary>
/// TLS on a connection, from its first octet (RFC 8314 §3) or after STARTTLS (RFC 3207): the one place where we are a TLS server. While it
/// lives, the connection's transport carries plain text; disposing says close_notify and puts the raw transport back.
/// </summary>
public sealed class TlsLayer : IDuplexPipe, IAsyncDisposable
{
    private readonly ConnectionContext _connection;
    private readonly IDuplexPipe _raw;
    private readonly SslStream _stream;

    private TlsLayer(ConnectionContext connection, IDuplexPipe raw, SslStream stream, TlsFacts facts)
    {
        _connection = connection;
        _raw = raw;
        _stream = stream;
        Facts = facts;
        // Zero-byte reads: while the session is idle neither we nor SslStream hold a buffer.
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 4096, minimumReadSize: 1024, leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: 2048, leaveOpen: true));
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public TlsFacts Facts { get; }

    /// <summary>Null when the peer spoke no TLS that we speak, went away, or took longer than <paramref name="timeout"/>; why is in <paramref name="failed"/>.</summary>
    public static async Task<TlsLayer?> UpgradeAsync(
        ConnectionContext connection, ITlsIdentity identity, TimeSpan timeout, TimeProvider time, Action<Exception> failed, CancellationToken cancellationToken)
    {
        IDuplexPipe raw = connection.Transport;
        var stream = new SslStream(new DuplexPipeStream(raw), leaveInnerStreamOpen: true);
        string? serverName = null;
        try
        {
            using var late = new CancellationTokenSource(timeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, connection.ConnectionClosed, cancellationToken);
            await stream.AuthenticateAsServerAsync(
                (_, hello, _, _) =>
                {
                    serverName = hello.ServerName is { Length: > 0 } name ? name : null;
                    return ValueTask.FromResult(identity.For(serverName));
                },
                null, either.Token);
        }
        catch (Exception fault) when (fault is AuthenticationException or IOException or OperationCanceledException or InvalidOperationException or NotSupportedException)
        {
            failed(fault);
            await stream.DisposeAsync();
            return null;
        }

        var layer = new TlsLayer(connection, raw, stream, new TlsFacts
        {
            Description = $"{Name(stream.SslProtocol)} {stream.NegotiatedCipherSuite}",
            IsTls13 = stream.SslProtocol == SslProtocols.Tls13,
            ServerName = serverName,
            ServerCertificate = stream.LocalCertificate as X509Certificate2,
            ClientCertificate = stream.RemoteCertificate as X509Certificate2,
            Exporter = stream.SslProtocol == SslProtocols.Tls13 ? TlsExporter.ChannelBinding(stream) : null,
        });
        connection.Transport = layer;
        return layer;
    }

    public async ValueTask DisposeAsync()
    {
        _connection.Transport = _raw;
        try
        {
            // close_notify goes into the pipe; a peer that reads no more must not hold us up.
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await _stream.ShutdownAsync().WaitAsync(soon.Token);
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or InvalidOperationException or TimeoutException)
        {
            // The peer has gone: there is nobody left to say goodbye to.
        }

        await Input.CompleteAsync();
        try
        {
            await Output.CompleteAsync();
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or InvalidOperationException)
        {
            // As above.
        }

        await _stream.DisposeAsync();
    }

    private static string Name(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls13 => "TLSv1.3",
        SslProtocols.Tls12 => "TLSv1.2",
        _ => protocol.ToString(),
    };
}
