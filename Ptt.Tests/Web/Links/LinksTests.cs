using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;
using Ptt.Web.Configuration;
using Ptt.Web.Links;
using Ptt.Web.Listeners;
using Ptt.Web.Roles;

namespace Ptt.Tests.Web.Links;

public sealed class LinksTests : IDisposable
{
    private readonly TemporaryDirectory _authority = new();
    private readonly TemporaryDirectory _stranger = new();

    public LinksTests()
    {
        Assert.True(Authority.Create(_authority.Path, TimeProvider.System));
        Assert.True(Authority.Create(_stranger.Path, TimeProvider.System));
    }

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
    }

    [Theory]
    [InlineData("Submission", true)]
    [InlineData("Submission,Relay", true)]
    [InlineData("Signer", false)]
    [InlineData("Relay", false)]
    [InlineData("stranger", false)]
    [InlineData("none", false)]
    [InlineData("expired", false)]
    public async Task The_signer_takes_mail_from_submission_servers_of_ours_and_from_nobody_else(string who, bool taken)
    {
        await using ListenerHost host = await StartAsync();
        using X509Certificate2? certificate = who switch
        {
            "none" => null,
            "stranger" => Load(_stranger.Path, [Role.Submission], TimeSpan.FromDays(1)),
            "expired" => Load(_authority.Path, [Role.Submission], TimeSpan.FromMinutes(-1)),
            _ => Load(_authority.Path, [.. who.Split(',').Select(Enum.Parse<Role>)], TimeSpan.FromDays(1)),
        };
        string talk = await TalkAsync(host.Port(Role.Signer, ListenerTls.Implicit), certificate);
        Assert.Equal(taken, talk.Contains("250 2.1.0 Sender OK", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_submission_server_hands_its_mail_to_the_signer()
    {
        await using ListenerHost host = await StartAsync(tls: ListenerTls.StartTls);
        (Reply reply, LinkCertificates links) = await HandOverAsync(host, _authority.Path, [Role.Submission], ListenerTls.StartTls);
        using (links)
        {
            Assert.Equal(250, reply.Code);
            Assert.Single(host.Hop.Taken);
        }
    }

    [Fact]
    public async Task A_hop_without_the_right_certificate_hears_try_again_and_nothing_is_handed_over()
    {
        await using ListenerHost host = await StartAsync(tls: ListenerTls.StartTls);
        (Reply wrongRole, LinkCertificates first) = await HandOverAsync(host, _authority.Path, [Role.Relay], ListenerTls.StartTls);
        (Reply stranger, LinkCertificates second) = await HandOverAsync(host, _stranger.Path, [Role.Submission], ListenerTls.StartTls);
        first.Dispose();
        second.Dispose();
        Assert.Equal((451, 451), (wrongRole.Code, stranger.Code));
        Assert.Empty(host.Hop.Taken);
    }

    [Fact]
    public async Task A_certificate_is_renewed_by_itself_where_the_authority_is()
    {
        await using ListenerHost host = await StartAsync(TimeSpan.FromMinutes(1));
        var links = host.Services.GetRequiredService<LinkCertificates>();
        X509Certificate2 before = links.Client!;
        string own = Path.Combine(host.DataDirectory, "authority");
        Directory.CreateDirectory(own);
        foreach (string file in Directory.GetFiles(_authority.Path))
        {
            File.Copy(file, Path.Combine(own, Path.GetFileName(file)));
        }

        await links.CheckAsync(CancellationToken.None);
        Assert.NotEqual(before.Thumbprint, links.Client!.Thumbprint);
        Assert.Equal(Authority.RolesOf(before), Authority.RolesOf(links.Client));
        Assert.Equal(["signer.example", "127.0.0.1"], Authority.NamesOf(links.Client));
    }

    [Theory]
    [InlineData("ours", true)]
    [InlineData("stranger", false)]
    [InlineData("ended", false)]
    [InlineData("without the old key", false)]
    public void The_authority_renews_for_machines_of_ours_and_for_nobody_else(string who, bool given)
    {
        string authority = who == "stranger" ? _stranger.Path : _authority.Path;
        using X509Certificate2 present = Load(authority, [Role.Relay], who == "ended" ? TimeSpan.FromMinutes(-1) : TimeSpan.FromDays(7));
        (LinkRenewalRequest request, ECDsa key) = LinkRenewal.Ask(present);
        using (key)
        {
            if (who == "without the old key")
            {
                request = request with { Signature = key.SignData(request.PublicKey, HashAlgorithmName.SHA256) };
            }

            string? answer = LinkRenewal.Answer(_authority.Path, request, TimeProvider.System);
            Assert.Equal(given, answer is not null);
            if (answer is null)
            {
                return;
            }

            var anchors = new X509Certificate2Collection();
            anchors.ImportFromPemFile(Path.Combine(_authority.Path, "authority.pem"));
            using var next = X509Certificate2.CreateFromPem(answer);
            Assert.Equal([Role.Relay], Authority.RolesOf(next));
            Assert.Equal(Authority.NamesOf(present), Authority.NamesOf(next));
            Assert.Contains("PRIVATE KEY", LinkRenewal.Accept(answer, key, present, anchors, new ManualTime(TimeProvider.System.GetUtcNow()))!, StringComparison.Ordinal);
            using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            Assert.Null(LinkRenewal.Accept(answer, other, present, anchors, TimeProvider.System));
            anchors.Clear();
            anchors.ImportFromPemFile(Path.Combine(_stranger.Path, "authority.pem"));
            Assert.Null(LinkRenewal.Accept(answer, key, present, anchors, TimeProvider.System));
        }
    }

    [Fact]
    public void An_authority_is_made_once_and_its_key_is_ours_alone()
    {
        Assert.False(Authority.Create(_authority.Path, TimeProvider.System));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_authority.Path, "authority.key")));
    }

    [Fact]
    public async Task A_signer_that_others_can_reach_does_not_start_without_certificates()
    {
        var fault = await Assert.ThrowsAsync<ConfigurationFaultsException>(() => ListenerHost.StartAsync(
            ("Ptt:Listeners:2:Role", "Signer"), ("Ptt:Listeners:2:EndPoint", "0.0.0.0:0"), ("Ptt:Listeners:2:Tls", "StartTls")));
        Assert.Equal("Ptt:Listeners:2:EndPoint", Assert.Single(fault.Faults).Key);
    }

    private static async Task<(Reply Reply, LinkCertificates Links)> HandOverAsync(ListenerHost host, string authority, Role[] roles, ListenerTls tls)
    {
        using var directory = new TemporaryDirectory();
        var options = new LinksOptions { Certificate = Path.Combine(directory.Path, "c.pem"), Authority = Path.Combine(authority, "authority.pem") };
        await File.WriteAllTextAsync(options.Certificate, Authority.Issue(authority, roles, ["client.example"], TimeSpan.FromDays(1), TimeProvider.System));
        var links = new LinkCertificates(Options.Create(options), new DataDirectory(directory.Path), host, TimeProvider.System, NullLogger<LinkCertificates>.Instance);
        await using ServiceProvider services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddSmtpClient()
            .Configure<RelayOptions>(o => o.HeloName = "client.example").BuildServiceProvider();
        var hop = new LinkHop("127.0.0.1", host.Port(Role.Signer, tls), links, services.GetRequiredService<SessionPool>(), services.GetRequiredService<SystemNames>());
        var envelope = new Envelope
        {
            ReversePath = Mailbox.Parse("ada@example.test"),
            Recipients = [new Recipient(Mailbox.Parse("bob@example.com"))],
            Origin = new Origin { ReceivedAt = DateTimeOffset.UnixEpoch, SessionId = "s" },
        };
        return (await hop.AcceptAsync(envelope, MessageContent.FromMemory("Subject: x\r\n\r\nx\r\n"u8.ToArray()), CancellationToken.None), links);
    }

    private Task<ListenerHost> StartAsync(TimeSpan? lifetime = null, ListenerTls tls = ListenerTls.Implicit) => ListenerHost.StartAsync(
        data =>
        {
            string link = Path.Combine(data, "link");
            Directory.CreateDirectory(link);
            File.WriteAllText(Path.Combine(link, "certificate.pem"),
                Authority.Issue(_authority.Path, [Role.Signer], ["signer.example", "127.0.0.1"], lifetime ?? TimeSpan.FromDays(1), TimeProvider.System));
            File.Copy(Path.Combine(_authority.Path, "authority.pem"), Path.Combine(link, "authority.pem"));
        },
        ("Ptt:Listeners:2:Role", "Signer"), ("Ptt:Listeners:2:EndPoint", "0.0.0.0:0"), ("Ptt:Listeners:2:Tls", tls.ToString()));

    private static X509Certificate2 Load(string authority, Role[] roles, TimeSpan lifetime)
    {
        string pem = Authority.Issue(authority, roles, ["client.example"], lifetime, TimeProvider.System);
        using var certificate = X509Certificate2.CreateFromPem(pem, pem);
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private static async Task<string> TalkAsync(int port, X509Certificate2? certificate)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, late.Token);
        await using var stream = new SslStream(client.GetStream());
        try
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "signer.example",
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            }, late.Token);
            await stream.WriteAsync("EHLO x\r\nMAIL FROM:<a@example.org>\r\nQUIT\r\n"u8.ToArray(), late.Token);
            using var all = new MemoryStream();
            await stream.CopyToAsync(all, late.Token);
            return Encoding.ASCII.GetString(all.ToArray());
        }
        catch (Exception refused) when (refused is IOException or AuthenticationException)
        {
            return "";
        }
    }
}
