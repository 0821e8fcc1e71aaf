using System.Text;
using Ptt.Mail;
using Ptt.Mail.Dkim;
using Ptt.Tests.Support;

namespace Ptt.Tests.Mail.Dkim;

/// <summary>Two programs by other people judge what we signed, and we what one of them signed. One process for the whole corpus.</summary>
public sealed class DkimPeersTests
{
    private const string Verify = """
        import os, sys, dkim
        keys = dict(line.rstrip("\n").split(" ", 1) for line in open(sys.argv[2]))
        lookup = lambda name, timeout=5: keys.get(name.decode().rstrip("."), "").encode() or None
        for name in sorted(os.listdir(sys.argv[1])):
            message = open(os.path.join(sys.argv[1], name), "rb").read()
            for i in range(2):
                try:
                    verdict = dkim.DKIM(message).verify(idx=i, dnsfunc=lookup)
                except Exception as fault:
                    verdict = repr(fault)
                print(name, i, verdict)
        """;

    private const string Sign = """
        import os, sys, dkim
        key = open(sys.argv[2], "rb").read()
        for n, name in enumerate(sorted(os.listdir(sys.argv[1]))):
            path = os.path.join(sys.argv[1], name)
            message = open(path, "rb").read()
            forms = [(a, b) for a in (b"simple", b"relaxed") for b in (b"simple", b"relaxed")]
            field = dkim.DKIM(message).sign(b"r1", b"example.org", key, canonicalize=forms[n % 4])
            open(path, "wb").write(field + message)
        """;

    private readonly ManualTime _time = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task Python_dkim_verifies_both_signatures_of_every_awkward_message()
    {
        using var directory = new TemporaryDirectory();
        await SignedCorpus.WriteAsync(directory.Path, _time);
        string output = await PythonAsync(Verify, Path.Combine(directory.Path, "mail"), Path.Combine(directory.Path, "keys"));
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(AwkwardMessages.All.Count * 2, lines.Length);
        Assert.DoesNotContain(lines, l => !l.EndsWith(" True", StringComparison.Ordinal));
    }

    [Fact]
    public async Task OpenDKIM_verifies_every_awkward_message()
    {
        using var directory = new TemporaryDirectory();
        await SignedCorpus.WriteAsync(directory.Path, _time);
        string[] files = [.. Directory.GetFiles(Path.Combine(directory.Path, "mail")).Order()];
        string opendkim = Daemon.Find("opendkim", "opendkim");
        string configuration = Path.Combine(directory.Path, "opendkim.conf");
        await File.WriteAllTextAsync(configuration, $"TestPublicKeys {Path.Combine(directory.Path, "keys")}\nMode v\nSyslog no\n");
        (int code, string output) = await Daemon.RunAsync(opendkim, ["-x", configuration, "-v", "-t", string.Join(',', files)]);
        Assert.True(code == 0, output);
        string[] verified = [.. output.Split('\n').Where(l => l.EndsWith("verification (s=r1, d=example.org, 2048-bit key) succeeded", StringComparison.Ordinal)
            || l.Contains("verification (s=r1 d=example.org, 2048-bit key) succeeded", StringComparison.Ordinal))];
        Assert.True(verified.Length == files.Length, output);
    }

    [Fact]
    public async Task What_python_dkim_signed_we_verify()
    {
        using var directory = new TemporaryDirectory();
        string mail = Path.Combine(directory.Path, "mail");
        Directory.CreateDirectory(mail);
        foreach ((string name, string text) in AwkwardMessages.All)
        {
            await File.WriteAllBytesAsync(Path.Combine(mail, name), Encoding.Latin1.GetBytes(text));
        }

        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        string key = Path.Combine(directory.Path, "key.pem");
        await File.WriteAllTextAsync(key, rsa.ExportRSAPrivateKeyPem());
        Assert.Equal("", await PythonAsync(Sign, mail, key));
        var record = new KeyRecord { KeyType = DkimKeyType.Rsa, PublicKey = rsa.ExportSubjectPublicKeyInfo() };
        var verifier = new DkimVerifier(new StaticResolver(DkimTestKeys.Record("r1", record)), _time);
        foreach (string file in Directory.GetFiles(mail))
        {
            DkimResult result = (await verifier.VerifyAsync(MessageContent.FromMemory(await File.ReadAllBytesAsync(file)), default))[0];
            Assert.True(result.IsPass, $"{Path.GetFileName(file)}: {result}");
        }
    }

    [Fact]
    public void The_corpus_is_large_enough() => Assert.True(AwkwardMessages.All.DistinctBy(m => m.Name).Count() >= 60);

    // Debian's own interpreter: it is the one that sees python3-dkim.
    private static async Task<string> PythonAsync(string script, params string[] arguments)
    {
        (int code, string output) = await Daemon.RunAsync("/usr/bin/python3", ["-c", script, .. arguments]);
        Assert.True(code == 0, output.Length == 0 ? "python3 failed: is python3-dkim installed?" : output);
        return output;
    }
}
