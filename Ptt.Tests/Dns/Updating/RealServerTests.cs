using System.Net;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Dns.Transport;
using Ptt.Dns.Updating;
using Ptt.Tests.Support;

namespace Ptt.Tests.Dns.Updating;

/// <summary>Our updates at BIND, Knot and PowerDNS: accepted with every algorithm, refused when they were tampered with.</summary>
public sealed class RealServerTests
{
    private static readonly DomainName Zone = DomainName.Parse("example.org");
    private static readonly DomainName Name = Zone.Below("s1._domainkey");
    private static readonly UpdateClient Client = new(TimeProvider.System);

    public static TheoryData<string> Algorithms => [.. TsigAlgorithm.All.Select(a => a.ShortName)];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task BIND_takes_updates_with_every_algorithm(string algorithm)
    {
        TsigKey key = NewKey(algorithm);
        await using NamedServer server = await NewBindAsync(key);

        await TakesUpdatesAsync(server.EndPoint, key);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Knot_takes_updates_with_every_algorithm(string algorithm)
    {
        TsigKey key = NewKey(algorithm);
        await using KnotServer server = await KnotServer.StartAsync(Zone.ToString(), key);

        await TakesUpdatesAsync(server.EndPoint, key);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task PowerDNS_takes_updates_with_every_algorithm(string algorithm)
    {
        TsigKey key = NewKey(algorithm);
        await using PowerDnsServer server = await PowerDnsServer.StartAsync(Zone.ToString(), key);

        try
        {
            await TakesUpdatesAsync(server.EndPoint, key);
        }
        catch (Xunit.Sdk.XunitException fault)
        {
            Assert.Fail(fault.Message + server.Log);
        }
    }

    [Theory]
    [InlineData("bind", 7200)]
    [InlineData("bind", -7200)]
    [InlineData("knot", 7200)]
    public async Task A_clock_that_is_hours_wrong_is_set_by_the_servers_time(string which, int seconds)
    {
        TsigKey key = NewKey("SHA256");
        await using IAsyncDisposable server = which == "bind" ? await NewBindAsync(key) : await KnotServer.StartAsync(Zone.ToString(), key);
        IPEndPoint endPoint = server is NamedServer named ? named.EndPoint : ((KnotServer)server).EndPoint;

        UpdateResult result = await new UpdateClient(new ManualTime(DateTimeOffset.UtcNow.AddSeconds(seconds)))
            .SendAsync(new ZoneUpdate(Zone, [], [Add(Name, "x")]), endPoint, key, CancellationToken.None);

        Assert.InRange(Assert.IsType<UpdateResult.Done>(result).ClockSkew.TotalSeconds, -seconds - 60, -seconds + 60);
    }

    [Fact]
    public async Task A_tampered_update_is_refused_at_every_octet()
    {
        TsigKey key = NewKey("SHA256");
        await using NamedServer server = await NewBindAsync(key);
        byte[] message = new ZoneUpdate(Zone, [], [Add(Name, "genuine")]).ToMessage().Encode();
        byte[] signed = Tsig.Sign(message, key, DateTimeOffset.UtcNow, out _);
        var transport = new DnsTransport(TimeProvider.System);
        int text = signed.AsSpan().IndexOf("genuine"u8);
        int mac = signed.Length - 16 - 6;

        foreach (int at in new[] { text, text + 6, mac, mac + 8, signed.Length - 3 })
        {
            byte[] tampered = [.. signed];
            tampered[at] ^= 1;
            Exchange exchange = await transport.TcpAsync(server.EndPoint, tampered, TimeSpan.FromSeconds(10), CancellationToken.None);
            Assert.True(exchange is not Exchange.Answered { Message.ResponseCode: ResponseCode.NoError }, $"octet {at}: {exchange}");
        }

        Assert.Empty(await ReadAsync(server.EndPoint));
    }

    private static async Task TakesUpdatesAsync(IPEndPoint server, TsigKey key)
    {
        string first = "v=DKIM1; k=rsa; p=" + new string('A', 392);
        string second = "v=DKIM1; k=rsa; p=" + new string('B', 700);

        UpdateResult published = await SendAsync(new Prerequisite.Absent(Name, RecordType.Txt), Add(Name, first));
        Assert.True(published is UpdateResult.Done, published.ToString());
        Assert.Equal([first], await ReadAsync(server));
        Assert.IsType<UpdateResult.Failed>(await SendAsync(new Prerequisite.Absent(Name, RecordType.Txt), Add(Name, second)));
        Assert.IsType<UpdateResult.Done>(await SendAsync(
            new Prerequisite.HasExactly(Name, RecordType.Txt, [new RecordData.Txt(first)]), new ZoneChange.DeleteRecord(Name, RecordType.Txt, new RecordData.Txt(first)), Add(Name, second)));
        Assert.Equal([second], await ReadAsync(server));
        Assert.IsType<UpdateResult.Done>(await SendAsync(
            new Prerequisite.HasExactly(Name, RecordType.Txt, [new RecordData.Txt(second)]), new ZoneChange.DeleteSet(Name, RecordType.Txt)));
        Assert.Empty(await ReadAsync(server));

        async Task<UpdateResult> SendAsync(Prerequisite prerequisite, params ZoneChange[] changes) =>
            await Client.SendAsync(new ZoneUpdate(Zone, [prerequisite], changes), server, key, CancellationToken.None);
    }

    private static async Task<string[]> ReadAsync(IPEndPoint server)
    {
        var query = new DnsMessage { Questions = [new Question(Name, RecordType.Txt)] };
        Exchange exchange = await new DnsTransport(TimeProvider.System).QueryAsync(server, query, TimeSpan.FromSeconds(10), CancellationToken.None);
        return AnswerReader.Read(Assert.IsType<Exchange.Answered>(exchange).Message, Name, RecordType.Txt, out _) is DnsAnswer.Found found
            ? [.. found.Data<RecordData.Txt>().Select(t => t.Text)]
            : [];
    }

    private static Task<NamedServer> NewBindAsync(TsigKey key) =>
        NamedServer.StartPrimaryAsync(new Dictionary<string, string[]> { [Zone.ToString()] = ["example.org TXT \"v=spf1 -all\""] }, [key]);

    private static TsigKey NewKey(string algorithm)
    {
        Assert.True(TsigAlgorithm.TryParse(algorithm, out TsigAlgorithm? known));
        return TsigKey.Generate(DomainName.Parse("ptt._update.example.org"), known);
    }

    private static ZoneChange.Add Add(DomainName name, string text) => new(new ResourceRecord(name, RecordType.Txt, TimeSpan.FromMinutes(5), new RecordData.Txt(text)));
}
