using System.Text;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Mail.Arc;
using Ptt.Mail.Dkim;
using Ptt.Mail.Headers;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Signing;
using Ptt.Tests.Mail.Dkim;
using Ptt.Tests.Support;

namespace Ptt.Tests.Mail.Arc;

public sealed class ArcTests
{
    private const string Letter = "From: ada@example.org\r\nTo: grace@example.net\r\nSubject: s\r\n\r\nHi  there. \r\n\r\n";

    private const string Peer = """
        import os, sys, dkim
        keys = dict(line.rstrip("\n").split(" ", 1) for line in open(sys.argv[2]))
        lookup = lambda name, timeout=5: keys.get(name.decode().rstrip("."), "").encode() or None
        for name in sorted(os.listdir(sys.argv[1])):
            message = open(os.path.join(sys.argv[1], name), "rb").read()
            verdict, sets, why = dkim.ARC(message).verify(dnsfunc=lookup)
            print(name, (verdict or b"ended").decode(), len(sets), all(s["ams-valid"] for s in sets[:1]))
        """;

    private readonly ManualTime _time = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task Every_link_of_a_chain_verifies()
    {
        MessageContent message = DkimTestKeys.Message(Letter);
        for (int i = 1; i <= 5; i++)
        {
            message = await SealAsync(message, i == 1 ? ChainValidation.None : ChainValidation.Pass);
            Assert.Equal(new ArcResult(ChainValidation.Pass, i, ""), await VerifyAsync(message));
            message = message.WithFront("Received: from a by b; c\r\n"u8.ToArray());
        }
    }

    [Theory]
    [InlineData("Hi  there.", "Hi there!", "message signature 2: the body was changed")]
    [InlineData("Subject: s", "Subject: t", "message signature 2: the signature does not fit the header")]
    [InlineData("auth=pass", "auth=fail", "seal 2 does not fit")]
    [InlineData("cv=pass", "cv=none", "seal 2 says cv=none")]
    [InlineData("ARC-Seal: i=1;", "X-Seal: i=1;", "an instance is not whole")]
    [InlineData("ARC-Seal: i=1;", "ARC-Seal: i=3;", "an instance is not whole")]
    [InlineData("ARC-Seal: i=1;", "ARC-Seal: i=99;", "a field has no instance from 1 to 50")]
    [InlineData("ARC-Seal: i=1;", "ARC-Seal: i=2;", "instance 2 has a field twice")]
    public async Task What_is_changed_breaks_the_chain(string from, string to, string detail)
    {
        string text = await DkimTestKeys.TextAsync(await TwoSealsAsync());
        Assert.Contains(from, text, StringComparison.Ordinal);
        ArcResult result = await VerifyAsync(DkimTestKeys.Message(text.Replace(from, to, StringComparison.Ordinal)));
        Assert.Equal((ChainValidation.Fail, detail), (result.Validation, result.Detail));
    }

    [Fact]
    public async Task A_broken_chain_is_sealed_as_failed_and_never_again()
    {
        string text = (await DkimTestKeys.TextAsync(await TwoSealsAsync())).Replace("Subject: s", "Subject: t", StringComparison.Ordinal);
        MessageContent failed = await SealAsync(DkimTestKeys.Message(text), ChainValidation.Fail);
        Assert.Contains("cv=fail", await DkimTestKeys.TextAsync(failed), StringComparison.Ordinal);
        Assert.Equal("seal 3 says cv=fail", (await VerifyAsync(failed)).Detail);
        MessageHeader header = ((HeaderReading.Read)await MessageHeader.ReadAsync(failed, default)).Header;
        Assert.Null(await Sealer.SealAsync(failed, header, DkimTestKeys.Rsa, "x", ChainValidation.Fail, default));
    }

    [Fact]
    public async Task Nothing_is_known_while_the_key_cannot_be_asked_for()
    {
        MessageContent message = await TwoSealsAsync();
        Assert.True((await new ArcVerifier(new StaticResolver().Fail("r1._domainkey.example.org")).VerifyAsync(message, default)).IsTemporary);
        Assert.Equal(ChainValidation.None, (await VerifyAsync(DkimTestKeys.Message(Letter))).Validation);
    }

    [Theory]
    [InlineData("rfc822;alias@example.org", true)]
    [InlineData("rfc822;grace@example.net", false)]
    [InlineData(null, false)]
    public async Task What_an_alias_sends_on_is_sealed_above_its_signatures(string? original, bool isSealed)
    {
        var envelope = new Envelope
        {
            ReversePath = Mailbox.Parse("ada@example.org"),
            Recipients = [new Recipient(Mailbox.Parse("grace@example.net")) { OriginalRecipient = original }],
            Origin = new Origin { ReceivedAt = default, SessionId = "s" },
        };
        MessageContent signed = await DkimTestKeys.SignAsync(DkimTestKeys.Message(Letter), _time);
        MessageHeader before = ((HeaderReading.Read)await MessageHeader.ReadAsync(DkimTestKeys.Message(Letter), default)).Header;
        MessageContent sent = await new ArcForwarding(Sealer, DkimTestKeys.Dns, "mail.example.org").SealAsync(envelope, signed, before, DkimTestKeys.Both, default);
        string text = await DkimTestKeys.TextAsync(sent);
        Assert.Equal(isSealed, text.StartsWith("ARC-Seal: i=1; a=rsa-sha256;", StringComparison.Ordinal));
        Assert.Equal(isSealed ? ChainValidation.Pass : ChainValidation.None, (await VerifyAsync(sent)).Validation);
        Assert.All(await new DkimVerifier(DkimTestKeys.Dns, _time).VerifyAsync(sent, default), r => Assert.True(r.IsPass, r.Detail));
    }

    [Fact]
    public async Task Python_dkim_verifies_our_chains_over_every_awkward_message()
    {
        using var directory = new TemporaryDirectory();
        string mail = Path.Combine(directory.Path, "mail");
        Directory.CreateDirectory(mail);
        int n = 0;
        foreach ((string name, string text) in AwkwardMessages.All)
        {
            MessageContent message = await DkimTestKeys.SignAsync(DkimTestKeys.Message(text), _time, [DkimTestKeys.Rsa]);
            for (int i = 0; i <= n % 3; i++)
            {
                message = await SealAsync(message, i == 0 ? ChainValidation.None : ChainValidation.Pass);
            }

            await File.WriteAllBytesAsync(Path.Combine(mail, $"{name}.{1 + (n++ % 3)}"), Encoding.Latin1.GetBytes(await DkimTestKeys.TextAsync(message)));
        }

        string keys = Path.Combine(directory.Path, "keys");
        await File.WriteAllTextAsync(keys, $"r1._domainkey.example.org {DkimTestKeys.Rsa.PublicRecord}\n");
        (int code, string output) = await Daemon.RunAsync("/usr/bin/python3", ["-c", Peer, mail, keys]);
        Assert.True(code == 0, output);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(AwkwardMessages.All.Count, lines.Length);
        Assert.All(lines, line => Assert.EndsWith($".{line.Split(' ')[0][^1]} pass {line.Split(' ')[0][^1]} True", line, StringComparison.Ordinal));
    }

    private ArcSealer Sealer => new(SigningPolicy.Default, _time);

    private async Task<MessageContent> TwoSealsAsync() =>
        await SealAsync(await SealAsync(DkimTestKeys.Message(Letter), ChainValidation.None), ChainValidation.Pass);

    private async Task<MessageContent> SealAsync(MessageContent message, ChainValidation found)
    {
        MessageHeader header = ((HeaderReading.Read)await MessageHeader.ReadAsync(message, default)).Header;
        byte[]? fields = await Sealer.SealAsync(message, header, DkimTestKeys.Rsa, "mail.example.org; auth=pass smtp.mailfrom=ada@example.org", found, default);
        return message.WithFront(fields!);
    }

    private ValueTask<ArcResult> VerifyAsync(MessageContent message) => new ArcVerifier(DkimTestKeys.Dns).VerifyAsync(message, default);
}
