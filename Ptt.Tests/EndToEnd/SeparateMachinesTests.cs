using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ptt.Smtp.Pipeline;
using Ptt.Tests.Support;
using Ptt.Web.Links;

namespace Ptt.Tests.EndToEnd;

/// <summary>The three machines of docs/deploy/three-machines.md, each in a network of its own, and a listener on the wire between them.</summary>
[Collection(EndToEndCollection.Name), Trait("Run", "Long")]
public sealed class SeparateMachinesTests : IDisposable
{
    private const int Port = 2525, Messages = 40;
    private const string Secret = "not-for-the-wire";

    private readonly TemporaryDirectory _authority = new(), _stranger = new(), _submission = new(), _signer = new(), _relay = new();

    public void Dispose()
    {
        foreach (TemporaryDirectory directory in (TemporaryDirectory[])[_authority, _stranger, _submission, _signer, _relay])
        {
            directory.Dispose();
        }
    }

    [Fact]
    public async Task Mail_passes_three_machines_unseen_whatever_is_stopped_and_no_stranger_gets_in()
    {
        await using NetworkLab lab = await NetworkLab.CreateAsync("submission", "signer", "relay", "world");
        Authority.Create(_stranger.Path, TimeProvider.System);
        Authority.Create(_authority.Path, new ManualTime(TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(2)));
        Directory.CreateDirectory(Path.Combine(_signer.Path, "authority"));
        foreach (string file in Directory.GetFiles(_authority.Path))
        {
            File.Copy(file, Path.Combine(_signer.Path, "authority", Path.GetFileName(file)));
        }

        // Issued so long ago that each is due: the signer renews its own with the authority's key, the others ask the signer.
        var then = new ManualTime(TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(20));
        X509Certificate2 first = Link(lab, _submission.Path, Role.Submission, then);
        Link(lab, _signer.Path, Role.Signer, then);
        Link(lab, _relay.Path, Role.Relay, then);

        using var rsa = RSA.Create(2048);
        string key = Path.Combine(_signer.Path, "src.pem");
        await File.WriteAllTextAsync(key, rsa.ExportPkcs8PrivateKeyPem());
        await using var sink = new MailSink(lab.NewSocket("world"), new IPEndPoint(lab.AddressOf("world"), 25));
        await using PttProcess signer = PttProcess.On(lab, "signer", _signer.Path,
        [
            "Ptt:Roles:0=Signer", .. Inner(Role.Signer), $"Ptt:Signer:NextHop={lab.AddressOf("relay")}:{Port}", "Ptt:Signer:Domains:0=src.test",
            "Ptt:Keys:Domains:src.test:Selector=s", $"Ptt:Keys:Domains:src.test:KeyFile={key}",
        ]);
        await signer.StartAsync();
        string renew = $"Ptt:Links:RenewFrom=http://{lab.AddressOf("signer")}:{signer.HttpPort}";
        await using PttProcess relay = PttProcess.On(lab, "relay", _relay.Path,
        [
            "Ptt:Roles:0=Relay", .. Inner(Role.Relay), $"Ptt:Relay:Routes:*={lab.AddressOf("world")}:25", "Ptt:Relay:AllowPrivateAddresses=true",
            "Ptt:Relay:RetrySchedule:0=00:00:01", renew,
        ]);
        await relay.StartAsync();
        await using PttProcess submission = PttProcess.On(lab, "submission", _submission.Path,
            "Ptt:Roles:0=Submission", $"Ptt:Submission:NextHop={lab.AddressOf("signer")}:{Port}", "Ptt:Admin:ApiToken=three-machines-token", renew);
        await submission.StartAsync();
        string State() => $"{submission.Output}\n{signer.Output}\n{relay.Output}";
        submission.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "three-machines-token");
        await Provision.UserAsync(submission.Http, "src.test", "ada@src.test", "three-Machines-1");

        string wire = Path.Combine(_authority.Path, "wire.pcap");
        await using (Daemon tap = await TapAsync(lab, wire))
        {
            Task<(int Code, string Output)> sending = SendAsync(lab, submission.TlsPort);
            await sink.WaitForAsync([1, 2, 3], 180, State);
            await relay.KillAsync();
            await relay.StartAsync();
            await signer.StopAsync();
            await signer.StartAsync();
            (int code, string output) = await sending;
            Assert.True(code == 0, output + State());
            await sink.WaitForAsync([.. Enumerable.Range(1, Messages)], 180, State);
        }

        string seen = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(wire));
        Assert.Contains("STARTTLS", seen, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, seen, StringComparison.Ordinal);
        Assert.DoesNotContain("MAIL FROM", seen, StringComparison.Ordinal);
        Assert.True(seen.Length > Messages * 1000, $"{seen.Length} octets were seen.");

        string stranger = Path.Combine(_stranger.Path, "link.pem");
        await File.WriteAllTextAsync(stranger, Authority.Issue(_stranger.Path, [Role.Submission], [lab.AddressOf("world").ToString()], TimeSpan.FromDays(1), TimeProvider.System));
        Assert.Contains("refused", await KnockAsync(lab, stranger), StringComparison.Ordinal);
        Assert.Contains("refused", await KnockAsync(lab, ""), StringComparison.Ordinal);

        foreach (string machine in (string[])[_submission.Path, _signer.Path, _relay.Path])
        {
            using var now = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(Path.Combine(machine, "link", "certificate.pem")));
            Assert.True(now.NotAfter > first.NotAfter, State());
        }

        Assert.False(Directory.Exists(Path.Combine(_relay.Path, "users.git")) || File.Exists(Path.Combine(_relay.Path, "authority", "authority.key")));
    }

    private static string[] Inner(Role role) => InnerMachine.Listeners(role, $"0.0.0.0:{Port}", "127.0.0.1:2526");

    private X509Certificate2 Link(NetworkLab lab, string data, Role role, TimeProvider time) =>
        InnerMachine.Link(_authority.Path, data, [role], lab.AddressOf(role.ToString().ToLowerInvariant()).ToString(), time);

    // At the signer's cable both links pass: from the submission server and to the relay.
    private static async Task<Daemon> TapAsync(NetworkLab lab, string file)
    {
        string[] command = [.. lab.On(null), Daemon.Find("tcpdump", "tcpdump"), "-Z", "root", "-i", "signer", "-U", "--immediate-mode", "-s", "0", "-w", file, $"tcp port {Port}"];
        return await Daemon.StartAsync(Daemon.Find(command[0], "iproute2"), command[1..], () => Task.FromResult(File.Exists(file) && new FileInfo(file).Length > 0));
    }

    private static Task<(int Code, string Output)> SendAsync(NetworkLab lab, int port)
    {
        string[] command = [.. lab.On("submission"), "/usr/bin/python3", "-c", InnerMachine.Sending(port, Messages, Secret)];
        return Daemon.RunAsync(Daemon.Find(command[0], "iproute2"), command[1..]);
    }

    private static async Task<string> KnockAsync(NetworkLab lab, string certificate)
    {
        string script = $$"""
            import smtplib, ssl, sys
            context = ssl._create_unverified_context()
            if "{{certificate}}": context.load_cert_chain("{{certificate}}")
            s = smtplib.SMTP("{{lab.AddressOf("signer")}}", {{Port}})
            try:
                s.starttls(context=context)
                s.ehlo()
                print("taken", s.mail("ada@src.test"))
            except (ssl.SSLError, smtplib.SMTPException, OSError) as e:
                print("refused", e)
            """;
        string[] command = [.. lab.On("world"), "/usr/bin/python3", "-c", script];
        return (await Daemon.RunAsync(Daemon.Find(command[0], "iproute2"), command[1..])).Output;
    }
}
