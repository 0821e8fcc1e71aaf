using Ptt.Smtp.Pipeline;
using Ptt.Tests.Support;
using Ptt.Web.Listeners;

namespace Ptt.Tests.Web.Listeners;

/// <summary>Ordinary clients against the real listeners.</summary>
public sealed class RealClientsTests : IAsyncLifetime
{
    private const string Message = "From: ada@example.test\r\nTo: bob@example.com\r\nSubject: hello\r\n\r\n.a line with a dot\r\nand one more\r\n";

    private ListenerHost _host = null!;

    public async Task InitializeAsync() => _host = await ListenerHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData(ListenerTls.Implicit, "PLAIN", "tlsv1_3")]
    [InlineData(ListenerTls.Implicit, "LOGIN", "tlsv1_2")]
    [InlineData(ListenerTls.StartTls, "PLAIN", "tlsv1_3")]
    [InlineData(ListenerTls.StartTls, "LOGIN", "tlsv1_2")]
    public async Task Swaks_submits(ListenerTls tls, string mechanism, string version)
    {
        await RunAsync("swaks", "swaks",
            ["--server", "127.0.0.1", "--port", Port(tls), tls == ListenerTls.Implicit ? "--tlsc" : "--tls", "--tls-protocol", version, "--auth", mechanism, "--auth-user",
             "ada@example.test", "--auth-password", "pencil", "--from", "ada@example.test", "--to", "bob@example.com,carol@example.net", "--data", "-"], Message);
        Assert.Equal(2, Assert.Single(_host.Hop.Taken).Envelope.Recipients.Count);
        Assert.StartsWith(version == "tlsv1_3" ? "TLSv1.3 TLS_" : "TLSv1.2 TLS_ECDHE_ECDSA_", _host.Hop.Taken[0].Envelope.Origin.Tls, StringComparison.Ordinal);
        Assert.Contains(".a line with a dot", _host.Hop.Taken[0].Content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ListenerTls.Implicit, "PLAIN")]
    [InlineData(ListenerTls.StartTls, "LOGIN")]
    public async Task Curl_submits(ListenerTls tls, string mechanism)
    {
        await RunAsync("curl", "curl",
            ["-sS", "--insecure", "--ssl-reqd", $"{(tls == ListenerTls.Implicit ? "smtps" : "smtp")}://127.0.0.1:{Port(tls)}/client.example", "--login-options", $"AUTH={mechanism}",
             "--user", "ada@example.test:pencil", "--mail-from", "ada@example.test", "--mail-rcpt", "bob@example.com", "--upload-file", "-"], Message);
        Assert.Equal(Message, Assert.Single(_host.Hop.Taken).Content);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("scram-sha-256")]
    public async Task Msmtp_submits(string mechanism)
    {
        await RunAsync("msmtp", "msmtp",
            ["--host=127.0.0.1", "--port=" + Port(ListenerTls.StartTls), "--tls=on", "--tls-starttls=on", "--tls-certcheck=off", "--auth=" + mechanism, "--user=ada@example.test",
             "--passwordeval=echo pencil", "--from=ada@example.test", "bob@example.com"], Message.ReplaceLineEndings("\n"));
        Assert.Contains(".a line with a dot", Assert.Single(_host.Hop.Taken).Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Smtplib_submits_several_messages_in_one_session()
    {
        string script = $$"""
            import smtplib, ssl
            context = ssl._create_unverified_context()
            with smtplib.SMTP_SSL("127.0.0.1", {{Port(ListenerTls.Implicit)}}, context=context) as s:
                s.login("ada@example.test", "pencil")
                for i in range(3):
                    s.sendmail("ada@example.test", ["bob@example.com"], "From: ada@example.test\r\nSubject: %d\r\n\r\n.\r\n..\r\n" % i, ["BODY=8BITMIME"])
                s.rset()
                s.sendmail("ada@example.test", ["jürgen@example.com"], "From: ada@example.test\r\n\r\nä".encode(), ["SMTPUTF8"])
            """;
        await RunAsync("python3", "python3", ["-c", script], "");
        Assert.Equal(4, _host.Hop.Taken.Count);
        Assert.EndsWith("\r\n\r\n.\r\n..\r\n", _host.Hop.Taken[2].Content, StringComparison.Ordinal);
        Assert.True(_host.Hop.Taken[3].Envelope.SmtpUtf8);
        Assert.Equal("jürgen@example.com", _host.Hop.Taken[3].Envelope.Recipients[0].Address.ToString());
    }

    [Theory]
    [InlineData("-tls1", false)]
    [InlineData("-tls1_1", false)]
    [InlineData("-tls1_2", true)]
    [InlineData("-tls1_3", true)]
    [InlineData("-tls1_2 -cipher AES128-GCM-SHA256", false)]
    [InlineData("-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256", false)]
    [InlineData("-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA", false)]
    [InlineData("-tls1_2 -cipher ALL:eNULL:aNULL:!AESGCM:!CHACHA20:@SECLEVEL=0", false)]
    [InlineData("-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305", true)]
    public async Task Only_TLS_1_2_and_1_3_with_forward_secrecy_and_AEAD(string arguments, bool works)
    {
        (_, string output) = await Daemon.RunAsync(Daemon.Find("openssl", "openssl"),
            ["s_client", "-connect", "127.0.0.1:" + Port(ListenerTls.Implicit), "-ign_eof", .. arguments.Split(' ')], "QUIT\r\n");
        Assert.Equal(works, output.Contains("221 2.0.0 Bye", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_may_not_renegotiate()
    {
        (_, string output) = await Daemon.RunAsync(Daemon.Find("openssl", "openssl"),
            ["s_client", "-connect", "127.0.0.1:" + Port(ListenerTls.Implicit), "-tls1_2"], "R\nNOOP\n");
        Assert.DoesNotContain("250 2.0.0", output, StringComparison.Ordinal);
    }

    private string Port(ListenerTls tls) => _host.Port(Role.Submission, tls).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static async Task RunAsync(string program, string package, IEnumerable<string> arguments, string input)
    {
        (int code, string output) = await Daemon.RunAsync(Daemon.Find(program, package), arguments, input);
        Assert.True(code == 0, output);
    }
}
