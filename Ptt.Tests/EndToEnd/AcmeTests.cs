using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ptt.Dns;
using Ptt.Dns.Updating;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd;

/// <summary>A certificate from pebble, proven in BIND's zone by our own updates, shown on the port of submissions and on HTTPS.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class AcmeTests
{
    private static readonly TsigKey Key = TsigKey.Generate(DomainName.Parse("ptt._update.src.test"), TsigAlgorithm.HmacSha256);

    [Fact, Trait("Run", "Long")]
    public async Task A_certificate_is_issued_after_a_failed_order_and_renewed_under_load_without_a_failed_handshake()
    {
        await using NamedServer primary = await NamedServer.StartPrimaryAsync(
            new Dictionary<string, string[]> { ["src.test"] = ["src.test A 127.0.0.1", "_acme-challenge.src.test TXT of-someone-else"] }, [Key], "notify no;");
        await using var eyes = new DnsRelay(primary.EndPoint) { IsBlind = true };
        await using PebbleServer pebble = await PebbleServer.StartAsync(eyes.EndPoint, seconds: 40);
        await using PttProcess ptt = await PttProcess.StartAsync("Production", null,
            "Ptt:Hostname=mail.src.test", "Ptt:Http:Tls=true", $"Ptt:Dns:Resolvers:0={primary.EndPoint}", $"Ptt:Dns:AuthorityPort={primary.EndPoint.Port}",
            $"Ptt:Dns:Update:Server={primary.EndPoint}", $"Ptt:Dns:Update:Key={Key.ToSecretText()}",
            $"Ptt:Certificates:Acme:Directory={pebble.Directory}", $"Ptt:Certificates:Acme:TrustAnchors={pebble.TrustAnchors}", "Ptt:Certificates:Acme:AcceptTerms=true",
            "Ptt:Certificates:Acme:Names:0=src.test", "Ptt:Certificates:Acme:Names:1=*.src.test", "Ptt:Certificates:Acme:Contacts:0=postmaster@src.test",
            "Ptt:Certificates:Acme:ExternalAccountId=ptt", $"Ptt:Certificates:Acme:ExternalAccountKey={PebbleServer.ExternalKey}",
            "Ptt:Certificates:Acme:CheckEvery=00:00:00.5", "Ptt:Certificates:Acme:RetryAfter=00:00:01");

        await UntilAsync(() => ptt.Output.Contains("was not proven", StringComparison.Ordinal), ptt, pebble);
        eyes.IsBlind = false;
        await UntilAsync(() => ptt.Output.Contains("Certificate issued for src.test, *.src.test", StringComparison.Ordinal), ptt, pebble);

        using X509Certificate2 root = await pebble.RootAsync();
        await using SslStream old = await ConnectAsync(ptt.TlsPort, root);
        var first = (X509Certificate2)old.RemoteCertificate!;
        Assert.True(first.MatchesHostname("mail.src.test") && first.MatchesHostname("src.test"));
        Assert.StartsWith("220 ", await ReadLineAsync(old), StringComparison.Ordinal);
        string serial = first.SerialNumber;

        // Handshakes without a pause on both ports, each of them verified to pebble's root, until a renewal has passed.
        var seen = new HashSet<string> { serial };
        int handshakes = 0;
        long started = TimeProvider.System.GetTimestamp();
        while (seen.Count < 2)
        {
            foreach (int port in new[] { ptt.TlsPort, ptt.HttpPort })
            {
                await using SslStream stream = await ConnectAsync(port, root);
                seen.Add(((X509Certificate2)stream.RemoteCertificate!).SerialNumber);
                handshakes++;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(90), ptt.Output + pebble.Log);
        }

        await old.WriteAsync("NOOP\r\n"u8.ToArray());
        Assert.StartsWith("250 ", await ReadLineAsync(old), StringComparison.Ordinal);   // a session of the first certificate goes on
        Assert.True(handshakes > 20, $"{handshakes}");
        Assert.Contains("reject 50% of good nonces", pebble.Log, StringComparison.Ordinal);
        Assert.Contains("of-someone-else", await TextAsync(primary), StringComparison.Ordinal);
    }

    private static async Task<string> TextAsync(NamedServer primary) =>
        (await Command.RunAsync("dig", ["-p", $"{primary.EndPoint.Port}", "@127.0.0.1", "_acme-challenge.src.test", "TXT"])).Output;

    private static async Task UntilAsync(Func<bool> isSo, PttProcess ptt, PebbleServer pebble)
    {
        for (int i = 0; i < 3000; i++)
        {
            if (isSo())
            {
                return;
            }

            await Task.Delay(50);
        }

        Assert.Fail(ptt.Output + "\n" + pebble.Log);
    }

    private static async Task<SslStream> ConnectAsync(int port, X509Certificate2 root)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(root);
        var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "mail.src.test", CertificateChainPolicy = policy });
        return stream;
    }

    private static async Task<string> ReadLineAsync(SslStream stream)
    {
        var line = new StringBuilder();
        byte[] octet = new byte[1];
        while (await stream.ReadAsync(octet) > 0 && octet[0] != '\n')
        {
            line.Append((char)octet[0]);
        }

        return line.ToString();
    }
}
