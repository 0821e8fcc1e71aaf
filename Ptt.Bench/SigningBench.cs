using System.Security.Cryptography;
using System.Text;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Mail.Dkim;
using Ptt.Mail.Headers;

/// <summary>
/// What signing costs beside its RSA signature, on one thread: header read, octets checked, body and header canonicalized and hashed, fields written. 1.0 is the bare
/// RSA-2048 signature, which nobody can do without.
/// </summary>
internal static class SigningBench
{
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync()
    {
        using var rsa = new RsaDkimKey(DomainName.Parse("example.org"), "bench", RSA.Create(2048));
        using Ed25519DkimKey ed25519 = Ed25519DkimKey.FromSeed(DomainName.Parse("example.org"), "bench", new byte[32]);
        var free = new FreeKey();
        byte[] hash = new byte[32];
        double bare = await TimeAsync(() =>
        {
            rsa.SignHash(hash);
            return ValueTask.CompletedTask;
        });
        Print("RSA-2048 signature alone", bare, bare);
        foreach ((string name, MessageContent message) in Messages())
        {
            Print($"{name}: rsa-sha256", await SignAsync(message, rsa), bare);
            Print($"{name}: rsa-sha256 and ed25519-sha256", await SignAsync(message, rsa, ed25519), bare);
            Print($"{name}: all but the signature", await SignAsync(message, free), bare);
        }

        return 0;
    }

    private static Task<double> SignAsync(MessageContent message, params IDkimKey[] keys)
    {
        var signer = new DkimSigner(SigningPolicy.Default, TimeProvider.System);
        return TimeAsync(async () =>
        {
            await RegularOctets.CheckAsync(message, default);
            var read = (HeaderReading.Read)await MessageHeader.ReadAsync(message, default);
            await signer.SignAsync(message, read.Header, keys, default);
        });
    }

    private static IEnumerable<(string, MessageContent)> Messages()
    {
        string header = "Received: from client.example ([192.0.2.1])\r\n by mail.example.org with ESMTPSA id 0123456789abcdef;\r\n Thu, 01 Jan 2026 00:00:00 +0000\r\n"
            + "From: Ada Lovelace <ada@example.org>\r\nTo: Grace Hopper <grace@example.net>\r\nSubject: A letter of the usual size\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
            + "Message-ID: <0123456789abcdef@mail.example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n";
        yield return ("4 KiB of text", Of(header, "Ordinary words in an ordinary line of a letter to somebody, seventy\r\n", 4096));
        yield return ("4 KiB with tabs and runs of spaces", Of(header, "\tSome  markup   with \t indents,   as mail in HTML \t is wont to have it\r\n", 4096));
        yield return ("1 MiB of base64", Of(header, new string('A', 76) + "\r\n", 1024 * 1024));
    }

    private static MessageContent Of(string header, string line, int size)
    {
        var text = new StringBuilder(header);
        while (text.Length < size)
        {
            text.Append(line);
        }

        return MessageContent.FromMemory(Encoding.ASCII.GetBytes(text.ToString()));
    }

    private static async Task<double> TimeAsync(Func<ValueTask> act)
    {
        for (int i = 0; i < 200; i++)
        {
            await act();
        }

        // Processor time, not the clock: the machine may have other things to do.
        int count = 0;
        TimeSpan before = Environment.CpuUsage.TotalTime;
        while (Environment.CpuUsage.TotalTime - before < Each)
        {
            for (int i = 0; i < 100; i++, count++)
            {
                await act();
            }
        }

        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / count;
    }

    private static void Print(string what, double microseconds, double bare) =>
        Console.WriteLine($"{what,-55} {microseconds,10:N1} µs {microseconds / bare,8:N3}");

    /// <summary>Signs for nothing: what is left is ours.</summary>
    private sealed class FreeKey : IDkimKey
    {
        private readonly byte[] _signature = new byte[256];

        public DomainName Domain => DomainName.Parse("example.org");

        public string Selector => "bench";

        public DkimAlgorithm Algorithm => DkimAlgorithm.RsaSha256;

        public byte[] SignHash(ReadOnlySpan<byte> sha256) => _signature;
    }
}
