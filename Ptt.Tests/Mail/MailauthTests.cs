using System.Diagnostics;
using Ptt.Mail;
using Ptt.Mail.Arc;
using Ptt.Mail.Dkim;
using Ptt.Mail.Headers;
using Ptt.Tests.Mail.Dkim;
using Ptt.Tests.Support;

namespace Ptt.Tests.Mail;

/// <summary>A third verifier by other people, mailauth from npm: both signatures and the ARC chain of every awkward message. <c>./test.sh</c> installs it into artifacts/mailauth.</summary>
public sealed class MailauthTests
{
    private const string Script = """
        const { authenticate } = require('mailauth');
        const fs = require('fs'), path = require('path');
        const [directory, keysFile] = process.argv.slice(2);
        const keys = Object.fromEntries(fs.readFileSync(keysFile, 'utf8').trim().split('\n').map(l => [l.slice(0, l.indexOf(' ')), l.slice(l.indexOf(' ') + 1)]));
        const resolver = async (name, type) => {
          if (type === 'TXT' && keys[name]) return [[keys[name]]];
          throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
        };
        (async () => {
          for (const file of fs.readdirSync(directory).sort()) {
            const result = await authenticate(fs.readFileSync(path.join(directory, file)),
              { ip: '192.0.2.1', helo: 'x.test', sender: 'ada@example.org', mta: 'mx.test', resolver, disableDmarc: true, disableBimi: true });
            console.log(file, result.dkim.results.map(r => r.algo + '=' + r.status.result).sort().join(','), 'arc=' + result.arc.status.result, result.arc.i);
          }
        })();
        """;

    [Fact]
    public async Task Mailauth_verifies_both_signatures_and_the_chain_of_every_awkward_message()
    {
        string modules = Path.Combine(Repository.Root, "artifacts", "mailauth", "node_modules");
        Assert.True(Directory.Exists(Path.Combine(modules, "mailauth")), "mailauth is missing: ./test.sh installs it by npm into artifacts/mailauth.");
        using var directory = new TemporaryDirectory();
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        var sealer = new ArcSealer(SigningPolicy.Default, time);
        await SignedCorpus.WriteAsync(directory.Path, time, async (n, message) =>
        {
            for (int i = 0; i <= n % 3; i++)
            {
                MessageHeader header = ((HeaderReading.Read)await MessageHeader.ReadAsync(message, default)).Header;
                message = message.WithFront((await sealer.SealAsync(
                    message, header, DkimTestKeys.Rsa, "mail.example.org; auth=pass smtp.mailfrom=ada@example.org", i == 0 ? ChainValidation.None : ChainValidation.Pass, default))!);
            }

            return message;
        });
        string script = directory.File("verify.js");
        await File.WriteAllTextAsync(script, Script);
        var start = new ProcessStartInfo(Daemon.Find("node", "nodejs"), [script, directory.File("mail"), directory.File("keys")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NODE_PATH"] = modules;
        using Process node = Process.Start(start)!;
        Task<string> errors = node.StandardError.ReadToEndAsync();
        string[] lines = (await node.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await node.WaitForExitAsync();

        Assert.True(node.ExitCode == 0, await errors);
        string[] names = [.. AwkwardMessages.All.Select(m => m.Name)];
        Assert.Equal(names.Length, lines.Length);
        Assert.All(lines, line =>
        {
            string[] words = line.Split(' ');
            Assert.Superset(new HashSet<string> { "ed25519-sha256=pass", "rsa-sha256=pass" }, words[1].Split(',').ToHashSet());   // one letter carries an old signature of others
            Assert.Equal(["arc=pass", $"{1 + (Array.IndexOf(names, words[0]) % 3)}"], words[2..]);
        });
    }
}
