using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Ptt.Dns.Messages;
using Ptt.Smtp.Pipeline;
using Ptt.Tests.Support;
using Ptt.Web.Links;

namespace Ptt.Tests.EndToEnd;

/// <summary>Nothing but IPv6: pages, API and health, submission with either TLS, the link between two machines, the resolver, and a host that has AAAA only.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class IPv6Tests
{
    private const string Token = "token-of-the-ipv6-test", Password = "only-by-Six-1";

    [Fact]
    public async Task A_mail_goes_all_the_way_over_IPv6()
    {
        using TemporaryDirectory authority = new(), first = new(), second = new();
        Authority.Create(authority.Path, TimeProvider.System);
        InnerMachine.Link(authority.Path, first.Path, [Role.Submission, Role.Signer], "::1").Dispose();
        InnerMachine.Link(authority.Path, second.Path, [Role.Relay], "::1").Dispose();
        string key = first.File("users.pem");
        using (var rsa = RSA.Create(2048))
        {
            await File.WriteAllTextAsync(key, rsa.ExportPkcs8PrivateKeyPem());
        }

        await using var sink = new MailSink(new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp), new IPEndPoint(IPAddress.IPv6Loopback, 0));
        await using ScriptedNameServer dns = ScriptedNameServer.Of(IPAddress.IPv6Loopback, "sink.test. 60 MX 10 mx.sink.test.", "mx.sink.test. 60 AAAA ::1");
        (int hop, int tls, int startTls) = (Ports.Free(), Ports.Free(), Ports.Free());
        await using PttProcess relay = await PttProcess.StartAsync("Production", second.Path,
        [
            "Ptt:Roles:0=Relay", "Ptt:Hostname=relay.src.test", $"Ptt:Http:EndPoint=[::1]:{Ports.Free()}", .. InnerMachine.Listeners(Role.Relay, $"[::1]:{hop}", $"[::1]:{Ports.Free()}"),
            $"Ptt:Dns:Resolvers:0=[::1]:{dns.EndPoint.Port}", $"Ptt:Relay:Port={sink.Port}", "Ptt:Relay:AllowPrivateAddresses=true",
            "Ptt:Relay:UseIPv6=true",   // else only where the machine has an address of the Internet's
        ]);
        string http = $"Ptt:Http:EndPoint=[::1]:{Ports.Free()}";
        await using PttProcess server = await PttProcess.StartAsync("Production", first.Path,
            "Ptt:Roles:0=Submission", "Ptt:Roles:1=Signer", "Ptt:Hostname=mail.src.test", $"Ptt:Signer:NextHop=[::1]:{hop}", $"Ptt:Dns:Resolvers:0=[::1]:{dns.EndPoint.Port}",
            http, $"Ptt:Listeners:0:EndPoint=[::1]:{tls}", $"Ptt:Listeners:1:EndPoint=[::1]:{startTls}", $"Ptt:Admin:ApiToken={Token}",
            "Ptt:Keys:Domains:users.test:Selector=s", $"Ptt:Keys:Domains:users.test:KeyFile={key}");
        server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        await Provision.UserAsync(server.Http, "users.test", "ada@users.test", Password);
        (int healthy, string health) = await PttProcess.RunAsync("Production", first.Path, [http], "healthcheck");
        Assert.True(healthy == 0, health);
        Assert.Contains("<html", await server.Http.GetStringAsync("/sign-in"), StringComparison.OrdinalIgnoreCase);

        await SendAsync(["--url", $"smtps://[::1]:{tls}"], 1);
        await SendAsync(["--url", $"smtp://[::1]:{startTls}", "--ssl-reqd"], 2);
        await sink.WaitForAsync([1, 2], 180, () => server.Output + relay.Output);
        Assert.Contains(dns.Queries, q => q.Message.Questions[0].Type == RecordType.Aaaa && q.From.AddressFamily == AddressFamily.InterNetworkV6);

        (int code, _) = await CurlAsync(["--url", $"smtps://[::1]:{tls}"], 3, "wrong");
        Assert.Equal(67, code);   // curl's: login denied
        JsonElement page = await server.Http.GetFromJsonAsync<JsonElement>("/api/v1/users");
        Assert.Equal("ada@users.test", page.GetProperty("items")[0].GetProperty("address").GetString());
    }

    private static async Task SendAsync(string[] server, int id)
    {
        (int code, string output) = await CurlAsync(server, id, Password);
        Assert.True(code == 0, output);
    }

    private static Task<(int Code, string Output)> CurlAsync(string[] server, int id, string password) => Command.RunAsync("curl",
    [
        .. server, "-gsS", "--insecure", "--user", "ada@users.test:" + password, "--mail-from", "ada@users.test", "--mail-rcpt", "bob@sink.test", "--upload-file", "-",
    ], $"From: ada@users.test\r\nTo: bob@sink.test\r\nSubject: by six\r\nX-Id: {id}\r\n\r\nHello.\r\n");
}
