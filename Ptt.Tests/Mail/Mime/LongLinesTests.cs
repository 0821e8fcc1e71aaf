using System.Text;
using Ptt.Mail;
using Ptt.Mail.Mime;
using Ptt.Tests.Mail.Dkim;
using Ptt.Tests.Support;

namespace Ptt.Tests.Mail.Mime;

public sealed class LongLinesTests
{
    /// <summary>Python's parser reads both and compares what each part says: its header but for the encoding, and its octets decoded.</summary>
    private const string Same = """
        import email, os, sys
        def parts(name):
            message = email.message_from_bytes(open(name, "rb").read())
            for part in message.walk():
                head = sorted((k.lower(), str(v)) for k, v in part.items() if k.lower() not in ("content-transfer-encoding", "mime-version"))
                yield head, None if part.is_multipart() else part.get_payload(decode=True)
        for name in sorted(os.listdir(sys.argv[1])):
            if name.endswith(".before"):
                before, after = list(parts(os.path.join(sys.argv[1], name))), list(parts(os.path.join(sys.argv[1], name[:-7] + ".after")))
                print(name[:-7], len(before), before == after)
        """;

    private static readonly string Long = string.Concat(Enumerable.Range(0, 400).Select(i => $"word{i} = é\t"));

    public static IReadOnlyDictionary<string, string> Letters { get; } = new Dictionary<string, string>
    {
        ["plain"] = $"From: a@b.c\r\n\r\nshort\r\n{Long}\r\n.dot\r\nends with space \r\n",
        ["no-end"] = $"From: a@b.c\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>{Long}</p>\r\n",
        ["base64"] = $"From: a@b.c\r\nMIME-Version: 1.0\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n{Convert.ToBase64String(Encoding.UTF8.GetBytes(Long))}\r\n",
        ["quoted"] = $"From: a@b.c\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nsoft=\r\n{string.Concat(Enumerable.Repeat("=C3=A9a", 400))}\r\nend\r\n",
        ["parts"] = "From: a@b.c\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b 1\"\r\n\r\npreamble\r\n--b 1\r\nContent-Type: text/plain\r\n\r\nshort\r\n--b 1\r\n"
            + $"Content-Type: multipart/alternative; boundary=b2\r\n\r\n--b2\r\n\r\n{Long}\r\n--b2\r\nContent-Type: text/html\r\n\r\n<b>{Long}\r\n--b2--\r\n\r\n--b 1\r\n"
            + $"Content-Type: message/rfc822\r\n\r\nFrom: x@y.z\r\nSubject: inner\r\n\r\n{Long}\r\n--b 1--\r\nepilogue\r\n",
    };

    [Fact]
    public async Task Lines_become_short_and_every_part_still_says_the_same()
    {
        using var directory = new TemporaryDirectory();
        foreach ((string name, string text) in Letters)
        {
            await using MessageContent? after = await LongLines.ReencodeAsync(Message(text), default);
            Assert.True(after is not null, name);
            Assert.Null(await RegularOctets.CheckAsync(after, default));
            await File.WriteAllBytesAsync(directory.File(name + ".before"), Encoding.Latin1.GetBytes(text));
            await File.WriteAllBytesAsync(directory.File(name + ".after"), Encoding.Latin1.GetBytes(await DkimTestKeys.TextAsync(after)));
        }

        (int code, string output) = await Daemon.RunAsync("/usr/bin/python3", ["-c", Same, directory.Path]);
        Assert.True(code == 0, output);
        Assert.Equal(["base64 1 True", "no-end 1 True", "parts 7 True", "plain 1 True", "quoted 1 True"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Parts_without_a_long_line_keep_every_octet()
    {
        await using MessageContent? after = await LongLines.ReencodeAsync(Message(Letters["parts"]), default);
        string text = await DkimTestKeys.TextAsync(after!);
        Assert.Contains("preamble\r\n--b 1\r\nContent-Type: text/plain\r\n\r\nshort\r\n--b 1\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith("--b 1--\r\nepilogue\r\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("From: a@b.c\r\nSubject: {0}\r\n\r\nx\r\n")]                                                                  // a header
    [InlineData("From: a@b.c\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n{0}\r\n--b--\r\n")]          // signed by its author
    [InlineData("From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{0}\r\n--b\r\n\r\nx\r\n--b--\r\n")]     // between parts
    [InlineData("From: a@b.c\r\nContent-Type: multipart/mixed\r\n\r\n{0}\r\n")]                                                // no boundary
    [InlineData("From: a@b.c\r\nContent-Type: message/delivery-status\r\n\r\n{0}\r\n")]
    [InlineData("From: a@b.c\r\nContent-Transfer-Encoding: x-own\r\n\r\n{0}\r\n")]
    public async Task What_cannot_be_changed_is_left_to_be_refused(string letter) =>
        Assert.Null(await LongLines.ReencodeAsync(Message(string.Format(System.Globalization.CultureInfo.InvariantCulture, letter, Long)), default));

    [Fact]
    public async Task Mangled_messages_are_made_regular_or_left_but_never_throw()
    {
        const int Seed = 11;
        var random = new Random(Seed);
        string[] letters = [.. Letters.Values];
        for (int round = 0; round < 3000; round++)
        {
            byte[] octets = Encoding.Latin1.GetBytes(letters[round % letters.Length]);
            octets = octets[..random.Next(octets.Length)];
            for (int flips = random.Next(6); flips > 0 && octets.Length > 0; flips--)
            {
                octets[random.Next(Math.Min(octets.Length, 400))] = (byte)random.Next(128);
            }

            await using MessageContent? after = await LongLines.ReencodeAsync(MessageContent.FromMemory(octets), default);
            Irregularity? fault = after is null ? null : await RegularOctets.CheckAsync(after, default);
            Assert.True(fault != Irregularity.LongLine || HasBare(octets), $"round {round}");
        }
    }

    private static bool HasBare(byte[] octets) => Encoding.Latin1.GetString(octets).Replace("\r\n", "", StringComparison.Ordinal).AsSpan().IndexOfAny('\r', '\n') >= 0;

    // UTF-8 octets as Latin-1 text, as the helper takes it.
    private static MessageContent Message(string text) => DkimTestKeys.Message(text);
}
