using System.Globalization;
using System.Text;
using System.Text.Json;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd;

/// <summary>Clients that people use submit over both ports; the mail arrives in the sandbox, signed twice, both signatures good.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class RealClientsTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    private const string User = "ada@example.test:sandbox";

    private PttProcess Ptt => sandbox.Ptt;

    [Theory]
    [InlineData("tls", "PLAIN")]
    [InlineData("tls", "LOGIN")]
    [InlineData("starttls", "PLAIN")]
    [InlineData("starttls", "LOGIN")]
    public async Task Curl_submits(string security, string mechanism)
    {
        string subject = $"curl {security} {mechanism}";
        string[] where = security == "tls" ? ["--url", $"smtps://127.0.0.1:{Ptt.TlsPort}"] : ["--url", $"smtp://127.0.0.1:{Ptt.StartTlsPort}", "--ssl-reqd"];

        await SucceedAsync("curl",
            [.. where, "-sS", "--insecure", "--user", User, "--login-options", "AUTH=" + mechanism, "--mail-from", "ada@example.test",
                "--mail-rcpt", "bob@example.com", "--upload-file", "-"],
            $"From: Ada <ada@example.test>\r\nTo: bob@example.com\r\nSubject: {subject}\r\n\r\nHello\r\n");

        await ArrivesAsync(subject, "bob@example.com");
    }

    [Theory]
    [InlineData("tls", "PLAIN")]
    [InlineData("tls", "LOGIN")]
    [InlineData("starttls", "PLAIN")]
    [InlineData("starttls", "LOGIN")]
    public async Task Swaks_submits(string security, string mechanism)
    {
        string subject = $"swaks {security} {mechanism}";
        string[] where = security == "tls" ? ["--port", $"{Ptt.TlsPort}", "--tls-on-connect"] : ["--port", $"{Ptt.StartTlsPort}", "--tls"];

        await SucceedAsync("swaks",
            ["--server", "127.0.0.1", .. where, "--auth", mechanism, "--auth-user", "ada@example.test", "--auth-password", "sandbox",
                "--from", "ada@example.test", "--to", "bob@one.test", "--header", "Subject: " + subject]);

        await ArrivesAsync(subject, "bob@one.test");
    }

    [Theory]
    [InlineData("tls", "plain")]
    [InlineData("tls", "login")]
    [InlineData("tls", "scram-sha-256")]
    [InlineData("starttls", "plain")]
    [InlineData("starttls", "login")]
    [InlineData("starttls", "scram-sha-256")]
    public async Task Msmtp_submits(string security, string mechanism)
    {
        string subject = $"msmtp {security} {mechanism}";
        string port = (security == "tls" ? Ptt.TlsPort : Ptt.StartTlsPort).ToString(CultureInfo.InvariantCulture);

        await SucceedAsync("msmtp",
            ["--host=127.0.0.1", "--port=" + port, "--auth=" + mechanism, "--user=ada@example.test", "--passwordeval=echo sandbox", "--tls=on",
                "--tls-certcheck=off", security == "tls" ? "--tls-starttls=off" : "--tls-starttls=on", "--from=ada@example.test", "--", "bob@two.test"],
            $"From: ada@example.test\nTo: bob@two.test\nSubject: {subject}\n\nHello\n");

        await ArrivesAsync(subject, "bob@two.test");
    }

    [Theory]
    [InlineData("tls", "PLAIN", "text")]
    [InlineData("tls", "LOGIN", "text")]
    [InlineData("starttls", "PLAIN", "text")]
    [InlineData("starttls", "LOGIN", "text")]
    [InlineData("tls", "PLAIN", "8bit")]
    [InlineData("starttls", "PLAIN", "utf8")]
    [InlineData("tls", "PLAIN", "attachment")]
    public async Task Smtplib_submits(string security, string mechanism, string kind)
    {
        await SmtplibAsync(security, mechanism, kind, ["bob@three.test"]);

        JsonElement message = (await ArrivesAsync($"smtplib {security} {mechanism} {kind}", "bob@three.test"))[0];
        byte[] raw = await Ptt.RawAsync(message);
        string text = Encoding.UTF8.GetString(raw);
        Assert.Contains(kind switch { "8bit" => "Grüße\r\n.\r\n..dots\r\n", "utf8" => "X-Note: Zoë\r\n", _ => "Hello\r\n.\r\n..two dots\r\n.one dot\r\n" }, text, StringComparison.Ordinal);
        Assert.True(kind != "attachment" || raw.Length > 20_000_000, $"{raw.Length} octets");
    }

    [Fact]
    public async Task A_hundred_recipients_over_ten_domains_all_receive_it()
    {
        string[] domains = ["example.com", "example.net", "example.org", "one.test", "two.test", "three.test", "four.test", "five.test", "six.test", "seven.test"];
        string[] recipients = [.. Enumerable.Range(0, 100).Select(i => $"r{i}@{domains[i % 10]}")];

        await SmtplibAsync("tls", "PLAIN", "many", recipients);

        IReadOnlyList<JsonElement> arrived = await Ptt.InboxAsync(10, m => Subject(m) == "smtplib tls PLAIN many");
        Assert.Equal(recipients.Order(), arrived.SelectMany(m => m.GetProperty("rcptTo").EnumerateArray().Select(r => r.GetString()!)).Order());
        Assert.Equal(10, arrived.Count);   // one transaction a destination
    }

    private async Task SmtplibAsync(string security, string mechanism, string kind, IEnumerable<string> recipients) => await SucceedAsync("/usr/bin/python3",
        [Path.Combine(Repository.Root, "Ptt.Tests/EndToEnd/Clients/submit.py"), $"{(security == "tls" ? Ptt.TlsPort : Ptt.StartTlsPort)}", security, mechanism, kind, .. recipients]);

    private async Task<IReadOnlyList<JsonElement>> ArrivesAsync(string subject, string recipient)
    {
        IReadOnlyList<JsonElement> arrived = await Ptt.InboxAsync(1, m => Subject(m).StartsWith(subject, StringComparison.Ordinal));
        JsonElement message = Assert.Single(arrived);
        Assert.Equal("ada@example.test", message.GetProperty("mailFrom").GetString());
        Assert.Equal([recipient], message.GetProperty("rcptTo").EnumerateArray().Select(r => r.GetString()));
        Assert.Equal(
            ["ed25519-sha256 example.test pass", "rsa-sha256 example.test pass"],
            message.GetProperty("signatures").EnumerateArray()
                .Select(s => $"{s.GetProperty("algorithm").GetString()} {s.GetProperty("domain").GetString()} {s.GetProperty("result").GetString()}").Order());
        return arrived;
    }

    private async Task SucceedAsync(string program, IEnumerable<string> arguments, string? input = null)
    {
        (int code, string output) = await Command.RunAsync(program, arguments, input);
        Assert.True(code == 0, $"{program} ended with {code}: {output}\n--- Ptt:\n{Ptt.Output}");
    }

    private static string Subject(JsonElement message) => message.GetProperty("subject").GetString()!;
}
