using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Ptt.Tests.Support;

/// <summary>One client of a <see cref="ScriptedServer"/>, from the greeting to the end.</summary>
internal sealed class ScriptedSession(ScriptedServer server, Socket socket) : IAsyncDisposable
{
    private readonly ScriptedInput _input = new(server.Packets);
    private Stream _stream = new NetworkStream(socket, ownsSocket: true);
    private readonly MemoryStream _chunks = new();
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

        while (await _input.LineAsync(_stream, stop) is { } line)
        {
            server.Commands.Enqueue(line);
            string verb = line.Split(' ', ':')[0].ToUpperInvariant();
            if (verb == "BDAT")
            {
                string[] words = line.Split(' ');
                await _chunks.WriteAsync(await _input.ExactAsync(_stream, int.Parse(words[1]), stop), stop);
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
                byte[] content = await _input.DataAsync(_stream, stop);
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
            server.Mails.Enqueue(new ScriptedServer.ReceivedMail(_mailFrom, _rcptTo, content, _tls));
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
}
