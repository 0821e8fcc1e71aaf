using System.Globalization;
using System.Net;
using System.Text;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Dns.Transport;
using Ptt.Dns.Updating;
using Ptt.Mail;
using Ptt.Mail.Dkim;
using Ptt.Tests.Mail.Dkim;
using Ptt.Tests.Support;
using Ptt.Web.Keys;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Rotation;

namespace Ptt.Tests.Web.Keys;

/// <summary>
/// Whole lives of keys in the zones of real name servers. The keys' time is turned by hand; the updates, their TSIG times and the answers are real, and
/// python3-dkim asks the servers itself: each week every letter that was ever signed must verify at every server, until its key is withdrawn.
/// </summary>
public sealed class KeyRotationOnRealServersTests
{
    private static readonly string[] TwoServers =
        ["example.org NS ns1.example.org", "example.org NS ns2.example.org", "ns1.example.org A 127.0.0.1", "ns2.example.org A 127.0.0.2"];

    [Fact]
    public async Task On_BIND_every_letter_verifies_until_its_key_is_withdrawn()
    {
        await using NamedServer server = await NewBindAsync();
        await LiveAsync(RealKeyDns.At(server.EndPoint), () => server.Log, server.EndPoint);
    }

    [Fact]
    public async Task On_Knot_every_letter_verifies_until_its_key_is_withdrawn()
    {
        await using KnotServer server = await KnotServer.StartAsync("example.org", RealKeyDns.Key);
        await LiveAsync(RealKeyDns.At(server.EndPoint), () => server.Log, server.EndPoint);
    }

    [Fact]
    public async Task On_PowerDNS_every_letter_verifies_until_its_key_is_withdrawn()
    {
        await using PowerDnsServer server = await PowerDnsServer.StartAsync("example.org", RealKeyDns.Key);
        await LiveAsync(RealKeyDns.At(server.EndPoint), () => server.Log, server.EndPoint);
    }

    [Fact]
    public async Task On_BIND_with_a_secondary_that_lags_behind_every_letter_verifies_at_both()
    {
        await using NamedServer primary = await NewBindAsync(TwoServers);
        var second = new IPEndPoint(IPAddress.Parse("127.0.0.2"), primary.EndPoint.Port);
        await using KnotServer secondary = await KnotServer.StartSecondaryAsync("example.org", primary.EndPoint, second);
        var dns = new RealKeyDns.Lagging(RealKeyDns.At(primary.EndPoint), second, looks: 5);
        await LiveAsync(dns, () => primary.Log + secondary.Log, primary.EndPoint, second);
        Assert.True(dns.Held >= 10, $"held back {dns.Held} times");
    }

    [Fact]
    public async Task A_secondary_that_is_held_back_holds_the_activation_back_and_is_named()
    {
        await using NamedServer primary = await NewBindAsync(TwoServers);
        var second = new IPEndPoint(IPAddress.Parse("127.0.0.2"), primary.EndPoint.Port);
        await using KnotServer secondary = await KnotServer.StartSecondaryAsync("example.org", primary.EndPoint, second);
        using var world = new KeyWorld(new KeysOptions { Algorithms = ["ed25519"] }, RealKeyDns.At(primary.EndPoint));
        await UntilAsync(world, () => world.Ring.Keys is [{ Trouble: { } trouble }] && trouble.Contains("ns2.example.org (127.0.0.2) ", StringComparison.Ordinal)
            && trouble.Contains("serial", StringComparison.Ordinal));
        Assert.Equal(0, world.Count(KeyState.Active));

        await RealKeyDns.NotifyAsync(second);
        await UntilAsync(world, () => world.Count(KeyState.Active) == 1);
        Assert.Equal(2, world.Only(KeyState.Active).Evidence!.Servers.Count);
    }

    [Fact]
    public async Task A_selector_that_is_delegated_by_CNAME_lives_its_life_in_the_other_zone()
    {
        string[] aliases = [.. new[] { "mail", "mail-2", "mail-3" }.Select(s => $"{s}._domainkey.example.org CNAME {s}.keys.example.net")];
        TsigKey other = TsigKey.Generate(DomainName.Parse("delegated"), TsigAlgorithm.HmacSha512);
        await using NamedServer server = await NamedServer.StartPrimaryAsync(
            new Dictionary<string, string[]> { ["example.org"] = aliases, ["example.net"] = [] }, [other], "notify no;");
        KeyDns dns = RealKeyDns.At(
            server.EndPoint, ("Ptt:Dns:Update:Zones:example.net:Key", other.ToSecretText()), ("Ptt:Dns:Update:Zones:example.net:Server", server.EndPoint.ToString()));
        using var letters = new TemporaryDirectory();
        using var world = new KeyWorld(new KeysOptions { Algorithms = ["ed25519"], SelectorPattern = "mail", CheckEvery = TimeSpan.FromDays(3) }, dns);
        await world.PassAsync(TimeSpan.FromDays(2));
        await WriteLetterAsync(world, letters.Path, 0);
        Assert.Equal(world.Only(KeyState.Active).Record, await TextAsync(server.EndPoint, "mail.keys.example.net"));
        await world.PassAsync(TimeSpan.FromDays(95));
        Assert.Equal("mail-2", world.Only(KeyState.Active).Selector);
        await WriteLetterAsync(world, letters.Path, 1);
        await using var python = new PythonDkim();
        Assert.All(await python.VerifyAsync(letters.Path, server.EndPoint), line => Assert.EndsWith(" True", line, StringComparison.Ordinal));
        await world.PassAsync(TimeSpan.FromDays(50));
        Assert.Equal(KeyState.Removed, world.Ring.Find("mail")!.State);
        Assert.Null(await TextAsync(server.EndPoint, "mail.keys.example.net"));
    }

    [Fact]
    public async Task A_record_that_someone_deletes_is_put_back_and_the_standby_key_signs_within_the_hour()
    {
        await using NamedServer server = await NewBindAsync();
        using var letters = new TemporaryDirectory();
        using var world = new KeyWorld(new KeysOptions { Algorithms = ["ed25519"] }, RealKeyDns.At(server.EndPoint));
        await world.PassAsync(TimeSpan.FromMinutes(30));
        KeyEntry active = world.Only(KeyState.Active);
        string standby = world.Only(KeyState.Standby).Selector;
        await WriteLetterAsync(world, letters.Path, 0);
        Assert.IsType<UpdateResult.Done>(await new UpdateClient(TimeProvider.System).SendAsync(
            new ZoneUpdate(DomainName.Parse("example.org"), [], [new ZoneChange.DeleteSet(KeyWorld.Name(active), RecordType.Txt)]), server.EndPoint, RealKeyDns.Key, CancellationToken.None));

        await world.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal(standby, world.Only(KeyState.Active).Selector);
        await WriteLetterAsync(world, letters.Path, 1);
        await using var python = new PythonDkim();
        Assert.All(await python.VerifyAsync(letters.Path, server.EndPoint), line => Assert.EndsWith(" True", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Large_RSA_keys_are_published_and_verify()
    {
        await using NamedServer server = await NewBindAsync();
        using var letters = new TemporaryDirectory();
        using var world = new KeyWorld(new KeysOptions { Algorithms = ["rsa-4096", "rsa-3072"] }, RealKeyDns.At(server.EndPoint));
        await world.RunAsync();
        await WriteLetterAsync(world, letters.Path, 0, "rsa-4096", "rsa-3072");
        await using var python = new PythonDkim();
        Assert.Equal(["00 0 True", "00 1 True"], await python.VerifyAsync(letters.Path, server.EndPoint));
    }

    private static async Task LiveAsync(IKeyDns dns, Func<string> log, params IPEndPoint[] servers)
    {
        using var letters = new TemporaryDirectory();
        using var withdrawn = new TemporaryDirectory();
        using var world = new KeyWorld(new KeysOptions { CheckEvery = TimeSpan.FromDays(3) }, dns, TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(300));
        await using var python = new PythonDkim();
        var sent = new List<(string File, string[] Selectors)>();
        await UntilAsync(world, () => world.Count(KeyState.Active) == 2);
        string first = world.Only(KeyState.Active, "rsa-2048").Selector;
        for (int week = 0; week < 22; week++)
        {
            // Keys of both kinds sign at any time: nothing leaves unsigned.
            sent.Add(await WriteLetterAsync(world, letters.Path, week, "rsa-2048", "ed25519"));
            await world.PassAsync(TimeSpan.FromDays(7));

            // Withdrawn two weeks after its last letter, by then long delivered.
            foreach ((string file, _) in sent.Where(s => s.Selectors.Any(k => world.Ring.Find(k)!.State is KeyState.Revoked or KeyState.Removed)).ToArray())
            {
                File.Move(file, Path.Combine(withdrawn.Path, Path.GetFileName(file)));
            }

            sent.RemoveAll(s => !File.Exists(s.File));
            foreach (IPEndPoint server in servers)
            {
                IReadOnlyList<string> lines = await python.VerifyAsync(letters.Path, server);
                Assert.Equal(sent.Count * 2, lines.Count);
                Assert.True(lines.All(l => l.EndsWith(" True", StringComparison.Ordinal)), $"week {week} at {server}: {string.Join("; ", lines)}\n{log()}");
            }
        }

        Assert.Equal(KeyState.Removed, world.Ring.Find(first)!.State);
        Assert.Equal(4, world.Ring.Keys.Count(k => k.State is KeyState.Active or KeyState.Standby));
        Assert.Null(await TextAsync(servers[0], $"{first}._domainkey.example.org"));
        IReadOnlyList<string> late = await python.VerifyAsync(withdrawn.Path, servers[0]);
        Assert.NotEmpty(late);
        Assert.DoesNotContain(late, line => line.EndsWith(" True", StringComparison.Ordinal));   // withdrawn is withdrawn
    }

    private static async Task<(string File, string[] Selectors)> WriteLetterAsync(KeyWorld world, string directory, int number, params string[] algorithms)
    {
        IDkimKey[] keys =
        [
            .. (algorithms.Length > 0 ? algorithms : ["ed25519"]).Select(a => world.Vault.TryOpen(KeyWorld.Domain, world.Only(KeyState.Active, a).Selector, out _)!),
        ];
        MessageContent letter = await DkimTestKeys.SignAsync(
            DkimTestKeys.Message(string.Create(CultureInfo.InvariantCulture, $"From: ada@example.org\r\nSubject: {number}\r\n\r\nHi.\r\n")), world.Time, keys, new SigningPolicy { Lifetime = null });
        string file = Path.Combine(directory, number.ToString("00", CultureInfo.InvariantCulture));
        await File.WriteAllBytesAsync(file, Encoding.Latin1.GetBytes(await DkimTestKeys.TextAsync(letter)));
        return (file, [.. keys.Select(k => k.Selector)]);
    }

    private static async Task UntilAsync(KeyWorld world, Func<bool> done)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        do
        {
            limit.Token.ThrowIfCancellationRequested();
            await world.PassAsync(TimeSpan.FromSeconds(10));
        }
        while (!done());
    }

    private static async Task<string?> TextAsync(IPEndPoint server, string name)
    {
        DomainName at = DomainName.Parse(name);
        Exchange exchange = await new DnsTransport(TimeProvider.System).TcpAsync(
            server, new DnsMessage { Questions = [new Question(at, RecordType.Txt)] }, TimeSpan.FromSeconds(10), CancellationToken.None);
        return AnswerReader.Read(Assert.IsType<Exchange.Answered>(exchange).Message, at, RecordType.Txt, out _) is DnsAnswer.Found found ? found.Data<RecordData.Txt>().Single().Text : null;
    }

    private static Task<NamedServer> NewBindAsync(params string[] lines) =>
        NamedServer.StartPrimaryAsync(new Dictionary<string, string[]> { ["example.org"] = lines }, [RealKeyDns.Key], "notify no;");
}
