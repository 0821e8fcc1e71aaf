using System.Net.Sockets;
using System.Text;

namespace Ptt.Tests.EndToEnd;

/// <summary>A bare SMTP client for load: one connection, one message after another, and the exact reply to each final dot.</summary>
internal sealed class PlainSender(int port) : IAsyncDisposable
{
    private TcpClient? _client;
    private StreamReader? _reader;

    /// <summary>The reply to the final dot; null when the connection broke before it came, so that nobody knows.</summary>
    public async Task<string?> SendAsync(int id, int bodyOctets, CancellationToken cancellationToken, string recipient = "bob@sink.test")
    {
        try
        {
            if (_client is null)
            {
                await ConnectAsync(cancellationToken);
            }

            foreach (string command in new[] { "MAIL FROM:<ada@src.test>", $"RCPT TO:<{recipient}>", "DATA" })
            {
                string reply = await SayAsync(command + "\r\n", cancellationToken);
                if (reply[0] is not ('2' or '3'))
                {
                    await SayAsync("RSET\r\n", cancellationToken);
                    return reply;
                }
            }

            string body = string.Concat(Enumerable.Repeat("0123456789 0123456789 0123456789 0123456789 0123456789 012345\r\n", Math.Max(1, bodyOctets / 62)));
            return await SayAsync($"From: ada@src.test\r\nTo: {recipient}\r\nSubject: {id}\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{id}@src.test>\r\nX-Id: {id}\r\n\r\n{body}.\r\n", cancellationToken);
        }
        catch (Exception fault) when (fault is IOException or SocketException)
        {
            Drop();
            return null;
        }
    }

    public ValueTask DisposeAsync()
    {
        Drop();
        return ValueTask.CompletedTask;
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        _client = new TcpClient { NoDelay = true };
        await _client.ConnectAsync("127.0.0.1", port, cancellationToken);
        _reader = new StreamReader(_client.GetStream(), Encoding.ASCII);
        await ReplyAsync(cancellationToken);
        await SayAsync("EHLO load.test\r\n", cancellationToken);
    }

    private async Task<string> SayAsync(string text, CancellationToken cancellationToken)
    {
        await _client!.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), cancellationToken);
        return await ReplyAsync(cancellationToken);
    }

    private async Task<string> ReplyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            string line = await _reader!.ReadLineAsync(cancellationToken) ?? throw new IOException("closed");
            if (line.Length < 4 || line[3] != '-')
            {
                return line;
            }
        }
    }

    private void Drop()
    {
        _client?.Dispose();
        _client = null;
    }
}
