using System.Collections.Concurrent;
using System.Text.Json;
using Ptt.Smtp.Pipeline;
using Ptt.Tests.Support;
using Ptt.Web.Links;

namespace Ptt.Tests.EndToEnd;

/// <summary>A backup of a running service, restored elsewhere: users log in, keys sign, and what waited is delivered.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class BackupTests
{
    [Fact]
    public async Task What_was_accepted_before_a_backup_is_delivered_after_the_restore()
    {
        string work = Directory.CreateTempSubdirectory("ptt-backup-test-").FullName;
        string file = Path.Combine(work, "ptt.tar"), certificate = Path.Combine(work, "backup.pem"), key = Path.Combine(work, "key.pem"), both = Path.Combine(work, "both.pem");
        await SucceedAsync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=backup", "-keyout", key, "-out", certificate]);
        File.WriteAllText(both, File.ReadAllText(certificate) + File.ReadAllText(key));

        int sinkPort = Ports.Free();   // nobody listens there yet: mail waits
        string restored = Path.Combine(work, "restored");
        string[] settings =
        [
            $"Ptt:Relay:Routes:sink.test=127.0.0.1:{sinkPort}", "Ptt:Relay:RetrySchedule:0=00:00:01",
        ];
        await using (PttProcess old = await PttProcess.StartAsync("Development", null, settings))
        {
            await SubmitAsync(old, 1, "user@sink.test", body: 10);
            await SubmitAsync(old, 2, "user@sink.test", body: 200_000);   // a file of its own
            await SucceedAsync(PttProcess.Program, ["backup", file, "--to", certificate, "--Ptt:DataDirectory=" + old.DataDirectory]);
        }

        await SucceedAsync(PttProcess.Program, ["restore", file, "--with", both, "--Ptt:DataDirectory=" + restored]);
        await using var sink = new SmtpSink(sinkPort);
        await using (PttProcess anew = await PttProcess.StartAsync("Development", restored, settings))
        {
            IReadOnlyList<string> arrived = await sink.WaitAsync(2);
            Assert.True(arrived.Count == 2, anew.Output);
            Assert.Equal(["Subject: 1", "Subject: 2"], arrived.SelectMany(m => m.Split('\n')).Where(l => l.StartsWith("Subject:", StringComparison.Ordinal)).Order());

            await SubmitAsync(anew, 3, "bob@example.com", body: 10);   // the user logs in, the keys sign
            JsonElement message = Assert.Single(await anew.InboxAsync(1));
            Assert.All(message.GetProperty("signatures").EnumerateArray(), s => Assert.Equal("pass", s.GetProperty("result").GetString()));
        }

        Directory.Delete(work, recursive: true);
    }

    [Fact]
    public async Task A_backup_under_load_holds_all_that_was_answered_before_and_its_queue_can_be_handed_to_another_relay()
    {
        using var work = new TemporaryDirectory();
        string file = Path.Combine(work.Path, "ptt.tar"), restored = Path.Combine(work.Path, "restored"), other = Path.Combine(work.Path, "other"), authority = Path.Combine(work.Path, "authority");
        int closed = Ports.Free(), inner = Ports.Free();   // nobody listens at the first: mail waits
        int[] answered;
        await using (PttProcess old = await PttProcess.StartAsync("Production", null,
            $"Ptt:Relay:Routes:*=127.0.0.1:{closed}", "Ptt:Relay:AllowPrivateAddresses=true", "Ptt:Listeners:1:Role=Signer", $"Ptt:Listeners:1:EndPoint=127.0.0.1:{inner}", "Ptt:Listeners:1:Tls=None"))
        {
            var taken = new ConcurrentQueue<int>();
            using var over = new CancellationTokenSource();
            Task[] writers = [.. Enumerable.Range(0, 4).Select(w => WriteAsync(inner, w * 100_000, taken, over.Token))];
            for (int i = 0; taken.Count < 100 && i < 2400; i++)
            {
                await Task.Delay(50);
            }

            answered = [.. taken];
            await SucceedAsync(PttProcess.Program, ["backup", file, "--Ptt:DataDirectory=" + old.DataDirectory]);
            Assert.True(taken.Count > answered.Length, "Nothing was written while the backup was made.");
            await over.CancelAsync();
            await Task.WhenAll(writers);
        }

        // Restored elsewhere, and from there handed to a relay that can deliver.
        await SucceedAsync(PttProcess.Program, ["restore", file, "--Ptt:DataDirectory=" + restored]);
        Authority.Create(Directory.CreateDirectory(authority).FullName, TimeProvider.System);
        Link(authority, restored);
        Link(authority, other);
        await using var sink = new MailSink();
        int relay = Ports.Free();
        await using PttProcess another = await PttProcess.StartAsync("Production", other,
            "Ptt:Roles:0=Relay", "Ptt:Listeners:0:Role=Relay", $"Ptt:Listeners:0:EndPoint=127.0.0.1:{relay}", "Ptt:Listeners:0:Tls=StartTls",
            "Ptt:Listeners:1:Role=Relay", $"Ptt:Listeners:1:EndPoint=127.0.0.1:{Ports.Free()}", "Ptt:Listeners:1:Tls=None",
            $"Ptt:Relay:Routes:*=127.0.0.1:{sink.Port}", "Ptt:Relay:AllowPrivateAddresses=true");
        (int code, string output) = await Command.RunAsync(PttProcess.Program, ["drain", "--to", $"127.0.0.1:{relay}", "--Ptt:Roles:0=Relay", "--Ptt:DataDirectory=" + restored]);
        Assert.True(code == 0, output + another.Output);
        Assert.Contains("; 0 messages stay here.", output, StringComparison.Ordinal);
        await sink.WaitForAsync(answered, 180, () => another.Output);
    }

    private static void Link(string authority, string data)
    {
        string link = Directory.CreateDirectory(Path.Combine(data, "link")).FullName;
        File.WriteAllText(Path.Combine(link, "certificate.pem"), Authority.Issue(authority, [Role.Relay], ["127.0.0.1"], TimeSpan.FromDays(1), TimeProvider.System));
        File.Copy(Path.Combine(authority, "authority.pem"), Path.Combine(link, "authority.pem"));
    }

    private static async Task WriteAsync(int port, int first, ConcurrentQueue<int> taken, CancellationToken over)
    {
        await using var sender = new PlainSender(port);
        try
        {
            for (int id = first + 1; !over.IsCancellationRequested; id++)
            {
                if ((await sender.SendAsync(id, 3000, over))?.StartsWith("250", StringComparison.Ordinal) == true)
                {
                    taken.Enqueue(id);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    private static async Task SubmitAsync(PttProcess ptt, int number, string recipient, int body) => await SucceedAsync("curl",
        ["--url", $"smtps://127.0.0.1:{ptt.TlsPort}", "-sS", "--insecure", "--user", "ada@example.test:sandbox", "--mail-from", "ada@example.test",
            "--mail-rcpt", recipient, "--upload-file", "-"],
        $"From: ada@example.test\r\nTo: {recipient}\r\nSubject: {number}\r\n\r\n{string.Concat(Enumerable.Repeat("0123456789\r\n", (body / 12) + 1))}");

    private static async Task SucceedAsync(string program, IEnumerable<string> arguments, string? input = null)
    {
        (int code, string output) = await Command.RunAsync(program, arguments, input);
        Assert.True(code == 0, $"{program} ended with {code}: {output}");
    }
}
