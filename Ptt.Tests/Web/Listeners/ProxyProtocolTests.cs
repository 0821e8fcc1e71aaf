using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Ptt.Smtp.Pipeline;
using Ptt.Tests.Support;
using Ptt.Web.Listeners;

namespace Ptt.Tests.Web.Listeners;

/// <summary>The header of a proxy as it comes over the wire, over IPv6 and before TLS: believed from whom it is awaited, and from nobody else.</summary>
public sealed class ProxyProtocolTests
{
    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    public static TheoryData<string, byte[], string> Headers => new()
    {
        { "version 1, IPv6", "PROXY TCP6 2001:db8::9 2001:db8::1 4000 465\r\n"u8.ToArray(), "2001:db8::9" },
        { "version 1, unknown", "PROXY UNKNOWN\r\n"u8.ToArray(), "::1" },
        { "version 2, IPv4", [.. Signature, 0x21, 0x11, 0, 12, 203, 0, 113, 9, 192, 0, 2, 1, 15, 160, 1, 209], "203.0.113.9" },
        { "version 2, IPv6", [.. Signature, 0x21, 0x21, 0, 36, .. IPAddress.Parse("2001:db8::9").GetAddressBytes(), .. IPAddress.Parse("2001:db8::1").GetAddressBytes(), 15, 160, 1, 209], "2001:db8::9" },
        { "version 2, the proxy itself", [.. Signature, 0x20, 0x00, 0, 0], "::1" },
    };

    [Theory, MemberData(nameof(Headers))]
    public async Task A_proxy_over_IPv6_says_where_the_client_is(string version, byte[] header, string client)
    {
        await using ListenerHost host = await StartAsync("::1/128");
        string talk = await TalkAsync(host.Port(Role.Relay, ListenerTls.None), [.. header, .. "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nBDAT 4 LAST\r\nab\r\nQUIT\r\n"u8]);
        Assert.True(talk.Contains("221", StringComparison.Ordinal), $"{version}: {talk}");
        Assert.Equal(client, Assert.Single(host.Hop.Taken).Envelope.Origin.Client!.ToString());
    }

    [Fact]
    public async Task Its_header_comes_before_the_handshake()
    {
        await using ListenerHost host = await StartAsync("::1");
        using TcpClient client = await ConnectAsync(host.Port(Role.Submission, ListenerTls.Implicit));
        await client.GetStream().WriteAsync(Headers.First(h => (string)h[0] == "version 2, IPv6")[1] as byte[]);
        await using var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "mail.example.test", RemoteCertificateValidationCallback = (_, _, _, _) => true });
        using var reader = new StreamReader(stream, Encoding.ASCII);
        Assert.StartsWith("220 mail.example.test", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EHLO x\r\nQUIT\r\n")]                                         // none
    [InlineData("PROXY TCP6 203.0.113.9 2001:db8::1 4000 465\r\nEHLO x\r\n")]   // addresses of two families
    [InlineData("PROXY TCP6 2001:db8::9 2001:db8::1 4000 70000\r\nEHLO x\r\n")] // no such port
    [InlineData("PROXY TCP6 2001:db8::9 nonsense 4000 465\r\nEHLO x\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0031\u0021\0\u0024")]                    // version 3
    public async Task Who_is_trusted_and_sends_no_good_header_is_cut_without_a_word(string octets)
    {
        await using ListenerHost host = await StartAsync("::1");
        Assert.Equal("", await TalkAsync(host.Port(Role.Relay, ListenerTls.None), Encoding.Latin1.GetBytes(octets)));
        Assert.Empty(host.Hop.Taken);
    }

    [Theory]
    [InlineData("2001:db8::/32")]
    [InlineData("127.0.0.0/8")]
    public async Task From_anybody_else_it_is_no_command(string trusted)
    {
        await using ListenerHost host = await StartAsync(trusted);
        string talk = await TalkAsync(host.Port(Role.Relay, ListenerTls.None), "PROXY TCP6 2001:db8::9 2001:db8::1 4000 465\r\nQUIT\r\n"u8.ToArray());
        Assert.Contains("500 5.5.2 Command not recognized", talk, StringComparison.Ordinal);
    }

    private static Task<ListenerHost> StartAsync(string trusted) => ListenerHost.StartAsync([.. from listener in (int[])[0, 2]
        from setting in ((string Key, string Value)[])[("EndPoint", "[::1]:0"), ("ProxyProtocol", "true"), ("TrustedProxies:0", trusted)]
        select ($"Ptt:Listeners:{listener}:{setting.Key}", setting.Value)]);

    private static async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient(AddressFamily.InterNetworkV6);
        await client.ConnectAsync(IPAddress.IPv6Loopback, port);
        return client;
    }

    private static async Task<string> TalkAsync(int port, byte[] octets)
    {
        using TcpClient client = await ConnectAsync(port);
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await client.GetStream().WriteAsync(octets, late.Token);
        using var all = new MemoryStream();
        try
        {
            await client.GetStream().CopyToAsync(all, late.Token);
        }
        catch (IOException)
        {
            // Reset: the server closed with something of ours unread.
        }

        return Encoding.ASCII.GetString(all.ToArray());
    }
}
