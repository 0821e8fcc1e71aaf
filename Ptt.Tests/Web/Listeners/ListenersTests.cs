using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Ptt.Smtp.Pipeline;
using Ptt.Tests.Support;
using Ptt.Web.Configuration;
using Ptt.Web.Listeners;
using ShownCertificates = Ptt.Web.Listeners.Certificates;

namespace Ptt.Tests.Web.Listeners;

public sealed class ListenersTests
{
    [Fact]
    public async Task A_new_certificate_is_shown_to_new_sessions_and_running_ones_go_on()
    {
        using var directory = new TemporaryDirectory();
        string path = Path.Combine(directory.Path, "tls.pem");
        CertificateFile.WriteSelfSigned(path, "one.example", TimeProvider.System);
        await using ListenerHost host = await ListenerHost.StartAsync(("Ptt:Certificates:Path", path), ("Ptt:Certificates:CheckEvery", "01:00:00"));
        int port = host.Port(Role.Submission, ListenerTls.Implicit);

        await using SslStream before = await ConnectTlsAsync(port);
        Assert.Contains("one.example", before.RemoteCertificate!.Subject, StringComparison.Ordinal);
        await ReadLineAsync(before);

        CertificateFile.WriteSelfSigned(path, "two.example", TimeProvider.System);
        host.Services.GetRequiredService<ShownCertificates>().Reload();
        await using SslStream after = await ConnectTlsAsync(port);
        Assert.Contains("two.example", after.RemoteCertificate!.Subject, StringComparison.Ordinal);

        await before.WriteAsync("NOOP\r\n"u8.ToArray());
        Assert.Equal("250 2.0.0 OK", await ReadLineAsync(before));
    }

    [Fact]
    public async Task A_new_certificate_that_cannot_be_used_changes_nothing_and_raises_an_alarm()
    {
        using var directory = new TemporaryDirectory();
        string path = Path.Combine(directory.Path, "tls.pem");
        CertificateFile.WriteSelfSigned(path, "one.example", TimeProvider.System);
        await using ListenerHost host = await ListenerHost.StartAsync(("Ptt:Certificates:Path", path), ("Ptt:Certificates:CheckEvery", "01:00:00"));
        await File.WriteAllTextAsync(path, "no certificate");
        host.Services.GetRequiredService<ShownCertificates>().Reload();
        Assert.Equal("certificate.unusable", Assert.Single(host.Current).Name);
        await using SslStream stream = await ConnectTlsAsync(host.Port(Role.Submission, ListenerTls.Implicit));
        Assert.Contains("one.example", stream.RemoteCertificate!.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_certificate_made_at_the_first_start_stays_and_only_we_can_read_it()
    {
        await using ListenerHost host = await ListenerHost.StartAsync();
        string path = Path.Combine(host.DataDirectory, "certificates", "self-signed.pem");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        string shown = host.Services.GetRequiredService<ShownCertificates>().Current.Thumbprint;
        Assert.Equal(shown, CertificateFile.Load(path, "").Certificate.Thumbprint);
    }

    [Theory]
    [InlineData("PROXY TCP4 203.0.113.9 127.0.0.1 4000 25\r\n", "203.0.113.9")]
    [InlineData("PROXY TCP6 2001:db8::9 ::1 4000 25\r\n", "2001:db8::9")]
    [InlineData("PROXY UNKNOWN\r\n", "127.0.0.1")]
    public async Task A_proxy_that_is_trusted_says_where_the_client_is(string header, string client)
    {
        await using ListenerHost host = await ListenerHost.StartAsync(("Ptt:Listeners:2:ProxyProtocol", "true"), ("Ptt:Listeners:2:TrustedProxies:0", "127.0.0.0/8"));
        string talk = await TalkAsync(host.Port(Role.Relay, ListenerTls.None), header + "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nBDAT 4 LAST\r\nab\r\nQUIT\r\n");
        Assert.Contains("221", talk, StringComparison.Ordinal);
        Assert.Equal(client, Assert.Single(host.Hop.Taken).Envelope.Origin.Client!.ToString());
    }

    [Fact]
    public async Task A_trusted_proxy_without_its_header_is_cut_and_a_stranger_with_one_is_not_believed()
    {
        await using ListenerHost trusting = await ListenerHost.StartAsync(("Ptt:Listeners:2:ProxyProtocol", "true"), ("Ptt:Listeners:2:TrustedProxies:0", "127.0.0.1"));
        Assert.Equal("", await TalkAsync(trusting.Port(Role.Relay, ListenerTls.None), "EHLO x\r\nQUIT\r\n"));
        await using ListenerHost other = await ListenerHost.StartAsync(("Ptt:Listeners:2:ProxyProtocol", "true"), ("Ptt:Listeners:2:TrustedProxies:0", "192.0.2.1"));
        Assert.Contains("500 5.5.2 Command not recognized", await TalkAsync(other.Port(Role.Relay, ListenerTls.None), "PROXY TCP4 203.0.113.9 127.0.0.1 4000 25\r\nQUIT\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task IPv6_is_listened_to_and_named()
    {
        await using ListenerHost host = await ListenerHost.StartAsync(("Ptt:Listeners:2:EndPoint", "[::1]:0"));
        using var client = new TcpClient(AddressFamily.InterNetworkV6);
        await client.ConnectAsync(IPAddress.IPv6Loopback, host.Port(Role.Relay, ListenerTls.None));
        Assert.StartsWith("220 mail.example.test", await ReadLineAsync(client.GetStream()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_server_stops_every_session_hears_421()
    {
        await using ListenerHost host = await ListenerHost.StartAsync();
        using var plain = new TcpClient();
        await plain.ConnectAsync(IPAddress.Loopback, host.Port(Role.Relay, ListenerTls.None));
        await ReadLineAsync(plain.GetStream());
        await using SslStream tls = await ConnectTlsAsync(host.Port(Role.Submission, ListenerTls.Implicit));
        await ReadLineAsync(tls);

        Task stop = host.StopAsync();
        Assert.StartsWith("421 4.3.2", await ReadLineAsync(plain.GetStream()), StringComparison.Ordinal);
        Assert.StartsWith("421 4.3.2", await ReadLineAsync(tls), StringComparison.Ordinal);
        Assert.Equal("", await ReadLineAsync(tls));
        await stop.WaitAsync(TimeSpan.FromSeconds(120));
    }

    [Fact]
    public async Task Past_the_limit_of_sessions_the_next_one_is_told_to_come_later()
    {
        await using ListenerHost host = await ListenerHost.StartAsync(("Ptt:Limits:Sessions", "1"));
        using var first = new TcpClient();
        await first.ConnectAsync(IPAddress.Loopback, host.Port(Role.Relay, ListenerTls.None));
        await ReadLineAsync(first.GetStream());
        Assert.Equal("421 4.7.0 Too many sessions; try again later\r\n", await TalkAsync(host.Port(Role.Relay, ListenerTls.None), ""));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", false)]
    [InlineData("192.0.2.1", "192.0.2.2", true)]
    [InlineData("2001:db8::1", "2001:db8::2", false)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", true)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", false)]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    public void An_address_has_its_share_of_sessions(string first, string second, bool admitted)
    {
        var admission = new Admission();
        Assert.True(admission.TryEnter(IPAddress.Parse(first), 10, 1));
        Assert.Equal(admitted, admission.TryEnter(IPAddress.Parse(second), 10, 1));
        admission.Leave(IPAddress.Parse(first));
        Assert.True(admission.TryEnter(IPAddress.Parse(first), 10, 1));
    }

    [Fact]
    public void Every_fault_of_the_listeners_is_named_with_its_key()
    {
        var options = new ListenersOptions
        {
            Roles = [Role.Submission],
            Listeners =
            [
                new() { EndPoint = "nonsense" },
                new() { EndPoint = "192.0.2.1:25", Tls = ListenerTls.None },
                new() { EndPoint = "127.0.0.1:25", Role = Role.Relay, ProxyProtocol = true },
                new() { EndPoint = "127.0.0.1:25", TrustedProxies = ["x"] },
                new() { EndPoint = "::1" },
            ],
        };
        ValidateOptionsResult result = new ListenersValidator().Validate(null, options);
        string[] keys = [.. result.Failures!.Select(f => f[..f.IndexOf(": ", StringComparison.Ordinal)])];
        Assert.Equal(
            ["Ptt:Listeners:0:EndPoint", "Ptt:Listeners:1:Tls", "Ptt:Listeners:1:Tls", "Ptt:Listeners:2:Role", "Ptt:Listeners:2:TrustedProxies", "Ptt:Listeners:3:EndPoint",
             "Ptt:Listeners:3:TrustedProxies:0", "Ptt:Listeners:4:EndPoint"], keys);
    }

    private static async Task<SslStream> ConnectTlsAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "mail.example.test", RemoteCertificateValidationCallback = (_, _, _, _) => true });
        return stream;
    }

    private static async Task<string> ReadLineAsync(Stream stream)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, late.Token) == 1)
        {
            if (one[0] == '\n')
            {
                break;
            }

            line.Append((char)one[0]);
        }

        return line.ToString().TrimEnd('\r');
    }

    private static async Task<string> TalkAsync(int port, string lines)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        NetworkStream stream = client.GetStream();
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await stream.WriteAsync(Encoding.ASCII.GetBytes(lines), late.Token);
        using var all = new MemoryStream();
        try
        {
            await stream.CopyToAsync(all, late.Token);
        }
        catch (IOException)
        {
            // Reset: the server closed with something of ours unread.
        }

        return Encoding.ASCII.GetString(all.ToArray());
    }
}
