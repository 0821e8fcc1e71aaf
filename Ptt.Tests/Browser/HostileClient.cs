using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Ptt.Tests.Browser;

/// <summary>An SMTP client over TLS that says whatever it is told, as it stands.</summary>
internal sealed class HostileClient(SslStream stream) : IAsyncDisposable
{
    private readonly StreamReader _reader = new(stream, Encoding.UTF8);

    public static async Task<HostileClient> OpenAsync(int port)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", port);
        var tls = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "mail.example.test", RemoteCertificateValidationCallback = (_, _, _, _) => true });
        var client = new HostileClient(tls);
        await client.ReplyAsync();
        return client;
    }

    /// <summary>Sends the text and CRLF; the last line of the reply.</summary>
    public async Task<string> SayAsync(string text)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text + "\r\n"));
        return await ReplyAsync();
    }

    public Task<string> LoginAsync(string person, string password) =>
        SayAsync("AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{person}\0{password}")));

    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        await stream.DisposeAsync();
    }

    private async Task<string> ReplyAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        for (string? line; (line = await _reader.ReadLineAsync(patience.Token)) is not null;)
        {
            if (line.Length < 4 || line[3] == ' ')
            {
                return line;
            }
        }

        return "";
    }
}
