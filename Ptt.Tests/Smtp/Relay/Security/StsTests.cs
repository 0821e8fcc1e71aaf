using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Dns;
using Ptt.Smtp.Client;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Relay.Security;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Relay.Security;

public sealed class StsTests
{
    private const string Policy = "version: STSv1\r\nmode: enforce\r\nmx: mx.one.test\r\nmx: *.two.test\r\nmax_age: 604800\r\n";
    private static readonly DomainName One = DomainName.Parse("one.test");

    [Theory]
    [InlineData("mx.one.test", true)]
    [InlineData("MX.One.Test", true)]
    [InlineData("a.two.test", true)]
    [InlineData("two.test", false)]
    [InlineData("a.b.two.test", false)]                                     // RFC 8461 §4.1: one label
    [InlineData("mx.one.test.evil.test", false)]
    public void A_wildcard_stands_for_one_label(string host, bool named)
    {
        Assert.True(StsPolicy.TryParse(Policy, out StsPolicy? policy));
        Assert.Equal((StsMode.Enforce, TimeSpan.FromDays(7), named), (policy.Mode, policy.MaxAge, policy.Names(host)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>404</html>")]
    [InlineData("version: STSv2\nmode: enforce\nmx: a.test\nmax_age: 1")]
    [InlineData("version: STSv1\nmode: maybe\nmx: a.test\nmax_age: 1")]
    [InlineData("version: STSv1\nmode: enforce\nmax_age: 1")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.test\nmax_age: -1")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.test\nmax_age: 99999999999")]
    public void What_is_no_policy_is_none(string text) => Assert.False(StsPolicy.TryParse(text, out _));

    [Theory]
    [InlineData("v=STSv1; id=20160831085700Z;", "20160831085700Z")]
    [InlineData("v=STSv1;id=1", "1")]
    [InlineData("v=STSv1; id=", null)]
    [InlineData("v=STSv1; id=a-b", null)]
    [InlineData("v=spf1 -all", null)]
    [InlineData("v=STSv1; id=1|v=STSv1; id=2", null)]                       // §3.1: several are none
    public void The_record_has_one_id(string records, string? id) => Assert.Equal(id, StsPolicies.IdOf(records.Split('|')));

    [Fact]
    public async Task A_policy_stays_in_force_when_it_cannot_be_fetched_until_its_time_is_over()
    {
        var time = new ManualTime();
        var fetcher = new TlsPolicyFinderTests.Fetcher { Text = Policy };
        var resolver = new StaticResolver("_mta-sts.one.test TXT \"v=STSv1; id=1\"");
        var sts = new StsPolicies(resolver, fetcher, time, NullLogger<StsPolicies>.Instance);

        Assert.Equal(StsMode.Enforce, (await sts.ForAsync(One, default)).Policy!.Mode);
        await sts.ForAsync(One, default);
        Assert.Equal(1, fetcher.Fetches);

        fetcher.Text = null;
        resolver.Fail("_mta-sts.one.test");
        time.Advance(TimeSpan.FromDays(6.9));
        Assert.Equal(StsMode.Enforce, (await sts.ForAsync(One, default)).Policy!.Mode);
        time.Advance(TimeSpan.FromDays(0.2));
        Assert.Null((await sts.ForAsync(One, default)).Policy);
    }

    [Fact]
    public async Task A_domain_without_a_record_is_never_asked_over_HTTPS()
    {
        var fetcher = new TlsPolicyFinderTests.Fetcher { Text = Policy };
        var sts = new StsPolicies(new StaticResolver(), fetcher, new ManualTime(), NullLogger<StsPolicies>.Instance);
        Assert.Null((await sts.ForAsync(One, default)).Policy);
        Assert.Equal(0, fetcher.Fetches);
    }

    /// <summary>What a real HTTPS server says, and what comes of it.</summary>
    public static TheoryData<string, string, string?> Answers => new()
    {
        { "good", "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello", "hello" },
        { "good", "HTTP/1.1 301 Moved\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", null },
        { "good", "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", null },
        { "good", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello", null },
        { "good", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\n" + "0", null },
        { "other name", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello", null },
        { "self-signed", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello", null },
    };

    [Theory, MemberData(nameof(Answers))]
    public async Task A_policy_is_taken_over_verified_HTTPS_only_without_redirect_and_as_text(string certificate, string answer, string? text)
    {
        X509Certificate2 authority = Certificates.Authority();
        using X509Certificate2 shown = certificate switch
        {
            "good" => Certificates.Server("mta-sts.one.test", authority),
            "other name" => Certificates.Server("one.test", authority),
            _ => Certificates.Server("mta-sts.one.test"),
        };
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task serving = ServeAsync();
        using var fetcher = new HttpsStsFetcher(new AddressLookup(new StaticResolver("mta-sts.one.test A 127.0.0.1"), useIPv6: false),
            new AddressPolicy(allowPrivate: true), ((IPEndPoint)listener.LocalEndpoint).Port, [authority]);
        StsFetch fetched = await fetcher.FetchAsync(One, default);
        listener.Stop();
        await serving;
        Assert.Equal(text, fetched.Text);
        Assert.Equal(text is null, fetched.Fault is not null);

        async Task ServeAsync()
        {
            try
            {
                using Socket socket = await listener.AcceptSocketAsync();
                await using var tls = new SslStream(new NetworkStream(socket));
                await tls.AuthenticateAsServerAsync(shown);
                byte[] request = new byte[4096];
                _ = await tls.ReadAsync(request);
                await tls.WriteAsync(Encoding.ASCII.GetBytes(answer));
            }
            catch (Exception e) when (e is IOException or SocketException or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
            {
            }
        }
    }

    [Fact]
    public async Task A_policy_host_on_a_private_address_is_not_asked()
    {
        using var fetcher = new HttpsStsFetcher(new AddressLookup(new StaticResolver("mta-sts.one.test A 127.0.0.1"), useIPv6: false), new AddressPolicy());
        Assert.Contains("private", (await fetcher.FetchAsync(One, default)).Fault, StringComparison.Ordinal);
    }
}
