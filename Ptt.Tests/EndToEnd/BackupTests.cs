using System.Text.Json;

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
