using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Ptt.Tests.EndToEnd;

/// <summary>A bare SMTP client of a user: TLS from the start, AUTH PLAIN when asked, and the exact reply to each step.</summary>
internal sealed class LoggedInSender : IAsyncDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };
    private SslStream _stream = null!;
    private StreamReader _reader = null!;

    public static async Task<LoggedInSender> ConnectAsync(PttProcess ptt)
    {
        var sender = new LoggedInSender();
        await sender._client.ConnectAsync("127.0.0.1", ptt.TlsPort);
        sender._stream = new SslStream(sender._client.GetStream(), false, (_, _, _, _) => true);
        await sender._stream.AuthenticateAsClientAsync("mail.example.test");
        sender._reader = new StreamReader(sender._stream, Encoding.ASCII);
        Assert.StartsWith("220", await sender.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await sender.SayAsync("EHLO client.test"), StringComparison.Ordinal);
        return sender;
    }

    public static async Task<LoggedInSender> LogInAsync(PttProcess ptt, string login, string password)
    {
        LoggedInSender sender = await ConnectAsync(ptt);
        Assert.StartsWith("235", await sender.AuthAsync(login, password), StringComparison.Ordinal);
        return sender;
    }

    public Task<string> AuthAsync(string login, string password) =>
        SayAsync("AUTH PLAIN " + Base64($"\0{login}\0{password}"));

    /// <summary>AUTH SCRAM-SHA-256 or, bound to this TLS session's certificate, SCRAM-SHA-256-PLUS (RFC 5802 §3, RFC 5929 §4), whole.</summary>
    public async Task<string> ScramAsync(string login, string password, bool plus)
    {
        (string reply, string proof) = await BeginScramAsync(login, password, plus);
        return proof.Length > 0 ? await EndScramAsync(proof) : reply;
    }

    /// <summary>Up to the server's challenge: its reply, and the proof that answers it; an empty one where it refused.</summary>
    public async Task<(string Reply, string Proof)> BeginScramAsync(string login, string password, bool plus)
    {
        string header = plus ? "p=tls-server-end-point,," : "n,,", bare = $"n={login},r=" + Convert.ToHexString(RandomNumberGenerator.GetBytes(12));
        string reply = await SayAsync($"AUTH SCRAM-SHA-256{(plus ? "-PLUS" : "")} {Base64(header + bare)}");
        if (!reply.StartsWith("334 ", StringComparison.Ordinal))
        {
            return (reply, "");
        }

        string first = Encoding.UTF8.GetString(Convert.FromBase64String(reply[4..]));
        Dictionary<char, string> parts = first.Split(',').ToDictionary(p => p[0], p => p[2..]);
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), Convert.FromBase64String(parts['s']), int.Parse(parts['i'], CultureInfo.InvariantCulture), HashAlgorithmName.SHA256, 32);
        byte[] binding = plus ? SHA256.HashData(_stream.RemoteCertificate!.GetRawCertData()) : [];   // our certificate of tests is signed with SHA-256
        string final = $"c={Convert.ToBase64String([.. Encoding.UTF8.GetBytes(header), .. binding])},r={parts['r']}";
        byte[] key = HMACSHA256.HashData(salted, "Client Key"u8);
        byte[] signature = HMACSHA256.HashData(SHA256.HashData(key), Encoding.UTF8.GetBytes($"{bare},{first},{final}"));
        return (reply, $"{final},p={Convert.ToBase64String([.. key.Zip(signature, (k, s) => (byte)(k ^ s))])}");
    }

    /// <summary>The proof, and the empty line that answers the server's own.</summary>
    public async Task<string> EndScramAsync(string proof)
    {
        string reply = await SayAsync(Base64(proof));
        return reply.StartsWith("334 ", StringComparison.Ordinal) ? await SayAsync("") : reply;
    }

    /// <summary>The last line of the reply; "closed" when the server has gone.</summary>
    public async Task<string> SayAsync(string line)
    {
        try
        {
            await _stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"));
            return await ReplyAsync();
        }
        catch (IOException)
        {
            return "closed";
        }
    }

    /// <summary>The first reply that refuses, or the one to the final dot.</summary>
    public async Task<string> SendAsync(string from, string subject, params string[] recipients)
    {
        string reply = await BeginAsync(from, subject, recipients);
        return reply.StartsWith("354", StringComparison.Ordinal) ? await SayAsync(".") : reply;
    }

    /// <summary>All but the final dot: 354 when the server waits for it.</summary>
    public async Task<string> BeginAsync(string from, string subject, IReadOnlyList<string> recipients, int bodyOctets = 60)
    {
        foreach (string command in (string[])[$"MAIL FROM:<{from}>", .. recipients.Select(r => $"RCPT TO:<{r}>"), "DATA"])
        {
            string reply = await SayAsync(command);
            if (reply[0] is not ('2' or '3'))
            {
                await SayAsync("RSET");
                return reply;
            }
        }

        string body = string.Concat(Enumerable.Repeat("0123456789 0123456789 0123456789 0123456789 0123456789 012345\r\n", (bodyOctets / 62) + 1));
        await _stream.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"From: {from}\r\nSubject: {subject}\r\n\r\n{body}")));
        return "354";
    }

    /// <summary>Says good-bye and waits until the server has closed.</summary>
    public async Task QuitAsync()
    {
        await SayAsync("QUIT");
        Assert.Null(await _reader.ReadLineAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is not null)
        {
            await _stream.DisposeAsync();
        }

        _client.Dispose();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private async Task<string> ReplyAsync()
    {
        while (true)
        {
            string line = await _reader.ReadLineAsync() ?? throw new IOException("closed");
            if (line.Length < 4 || line[3] != '-')
            {
                return line;
            }
        }
    }
}
