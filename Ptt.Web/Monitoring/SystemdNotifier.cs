using System.Net.Sockets;

namespace Ptt.Web.Monitoring;

/// <summary>Tells systemd (<c>Type=notify</c>, sd_notify(3)) when we are ready and when we stop; does nothing elsewhere.</summary>
internal sealed class SystemdNotifier : IHostedLifecycleService
{
    private readonly string? _socket = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Notify("READY=1");   // all hosted services are up, Kestrel's listeners among them
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        Notify("STOPPING=1");
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Notify(string state)
    {
        if (string.IsNullOrEmpty(_socket))
        {
            return;
        }

        // A name that begins with @ is in the abstract name space, whose first octet is NUL.
        var endPoint = new UnixDomainSocketEndPoint(_socket[0] == '@' ? '\0' + _socket[1..] : _socket);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.SendTo(System.Text.Encoding.UTF8.GetBytes(state), endPoint);
        }
        catch (SocketException)
        {
            // The manager has gone: nobody to tell.
        }
    }
}
