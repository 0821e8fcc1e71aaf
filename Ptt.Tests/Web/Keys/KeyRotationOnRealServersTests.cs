using System.Net;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Probing;
using Ptt.Dns.Transport;
using Ptt.Dns.Updating;
using Ptt.Mail;
using Ptt.Mail.Dkim;
using Ptt.Tests.Mail.Dkim;
using Ptt.Tests.Support;
using Ptt.Web.Configuration;
using Ptt.Web.Domains;
using Ptt.Web.Domains.Updates;
using Ptt.Web.Keys;

namespace Ptt.Tests.Web.Keys;

/// <summary>
/// Whole lives of keys in the zones of real name servers. The keys' time is turned by hand; the updates, their TSIG times and the answers are real, and
/// python3-dkim asks the server itself.
/// </summary>
public sealed class KeyRotationOnRealServersTests
{
    private const string Verify = """
        import os, sys, dkim, dns.resolver
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], int(sys.argv[2])
        def lookup(name, timeout=5):
            try:
                return b"".join(next(iter(resolver.resolve(name.decode(), "TXT"))).strings)
            except dns.exception.DNSException:
                return None
        for name in sorted(os.listdir(sys.argv[1])):
            message = open(os.path.join(sys.argv[1], name), "rb").read()
            for i in range(2):
                try:
                    print(name, i, dkim.DKIM(message).verify(idx=i, dnsfunc=lookup))
                except Exception as fault:
                    print(name, i, repr(fault))
        """;

    private static readonly TsigKey Key = TsigKey.Generate(DomainName.Parse("ptt._update.example.org"), TsigAlgorithm.HmacSha256);

    [Fact]
    public async Task On_BIND_every_letter_verifies_until_its_key_is_withdrawn()
    {
        await using NamedServer server = await NamedServer.StartPrimaryAsync(new Dictionary<string, string[]> { ["example.org"] = [] }, [Key], "notify no;");
        await RotateAsync(server.EndPoint);
    }

    [Fact]
    public async Task On_Knot_every_letter_verifies_until_its_key_is_withdrawn()
    {
        await using KnotServer server = await KnotServer.StartAsync("example.org", Key);
        await RotateAsync(server.EndPoint);
    }

    [Fact]
    public async Task A_secondary_that_is_held_back_holds_the_activation_back_and_is_named()
    {
        await using NamedServer primary = await NamedServer.StartPrimaryAsync(
            new Dictionary<string, string[]>
            {
                ["example.org"] = ["example.org NS ns1.example.org", "example.org NS ns2.example.org", "ns1.example.org A 127.0.0.1", "ns2.example.org A 127.0.0.2"],
            }, [Key], "notify no;");
        var second = new IPEndPoint(IPAddress.Parse("127.0.0.2"), primary.EndPoint.Port);
        await using KnotServer secondary = await KnotServer.StartSecondaryAsync("example.org", primary.EndPoint, second);
        using var world = new KeyWorld(new KeysOptions { Algorithms = ["ed25519"] }, NewDns(primary.EndPoint));
        await UntilAsync(world, () => world.Ring.Keys is [{ Trouble: { } trouble }] && trouble.Contains("ns2.example.org (127.0.0.2) ", StringComparison.Ordinal)
            && trouble.Contains("serial", StringComparison.Ordinal));
        Assert.Equal(0, world.Count(KeyState.Active));

        await new DnsTransport(TimeProvider.System).TcpAsync(
            second, new DnsMessage { Opcode = Opcode.Notify, IsAuthoritative = true, Questions = [new Question(DomainName.Parse("example.org"), RecordType.Soa)] },
            TimeSpan.FromSeconds(10), CancellationToken.None);
        await UntilAsync(world, () => world.Count(KeyState.Active) == 1);
        Assert.Equal(2, world.Only(KeyState.Active).Evidence!.Servers.Count);
    }

    private static async Task RotateAsync(IPEndPoint server)
    {
        using var letters = new TemporaryDirectory();
        using var world = new KeyWorld(
            new KeysOptions { CheckEvery = TimeSpan.FromDays(3) }, NewDns(server), TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(300));
        var sent = new List<(string File, string[] Selectors)>();
        await world.RunAsync();
        string first = world.Only(KeyState.Active, "rsa-2048").Selector;
        for (int week = 0; week < 22; week++)
        {
            // Keys of both kinds sign at any time: nothing leaves unsigned.
            IDkimKey[] keys = [.. new[] { "rsa-2048", "ed25519" }.Select(a => world.Vault.TryOpen(KeyWorld.Domain, world.Only(KeyState.Active, a).Selector, out _)!)];
            MessageContent letter = await DkimTestKeys.SignAsync(
                DkimTestKeys.Message($"From: ada@example.org\r\nSubject: week {week}\r\n\r\nHi.\r\n"), world.Time, keys, new SigningPolicy { Lifetime = null });
            string file = Path.Combine(letters.Path, $"{week:00}");
            await File.WriteAllBytesAsync(file, Encoding.Latin1.GetBytes(await DkimTestKeys.TextAsync(letter)));
            sent.Add((file, [.. keys.Select(k => k.Selector)]));
            await world.PassAsync(TimeSpan.FromDays(7));

            foreach ((string old, _) in sent.Where(s => s.Selectors.Any(k => world.Ring.Find(k)!.State is KeyState.Revoked or KeyState.Removed)).ToArray())
            {
                File.Delete(old);                                  // withdrawn two weeks after its last letter, by then long delivered
            }

            sent.RemoveAll(s => !File.Exists(s.File));
            if (week % 4 == 3)
            {
                await AllVerifyAsync(letters.Path, server, sent.Count);
            }
        }

        Assert.Equal(KeyState.Removed, world.Ring.Find(first)!.State);
        Assert.Equal(4, world.Ring.Keys.Count(k => k.State is KeyState.Active or KeyState.Standby));
        Assert.True((await NewDns(server).ProbeAsync(KeyWorld.Domain.Below($"{first}._domainkey"), null, default)).Agreed);
    }

    private static async Task AllVerifyAsync(string letters, IPEndPoint server, int count)
    {
        (int code, string output) = await Daemon.RunAsync("/usr/bin/python3", ["-c", Verify, letters, server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        Assert.True(code == 0, output);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(count * 2, lines.Length);
        Assert.All(lines, line => Assert.EndsWith(" True", line, StringComparison.Ordinal));
    }

    private static async Task UntilAsync(KeyWorld world, Func<bool> done)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        do
        {
            limit.Token.ThrowIfCancellationRequested();
            await world.PassAsync(TimeSpan.FromSeconds(10));
        }
        while (!done());
    }

    private static KeyDns NewDns(IPEndPoint server)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Ptt:Dns:Resolvers:0"] = server.ToString(),
            ["Ptt:Dns:AuthorityPort"] = server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["Ptt:Dns:Update:Server"] = server.ToString(),
            ["Ptt:Dns:Update:Key"] = Key.ToSecretText(),
        });
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddDomains();
        IServiceProvider services = builder.Services.BuildServiceProvider();
        return new KeyDns(services.GetRequiredService<IZoneUpdater>(), services.GetRequiredService<IAuthorityProbe>());
    }
}
