using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Dns.Transport;
using Ptt.Dns.Updating;
using Ptt.Tests.Support;
using Ptt.Web.Sandbox;

namespace Ptt.Tests.Web.Sandbox;

public sealed class SandboxNameServerTests : IAsyncLifetime
{
    private static readonly DomainName Zone = DomainName.Parse("example.test");
    private static readonly TsigKey Key = TsigKey.Generate(DomainName.Parse("ptt._update.example.test"), TsigAlgorithm.HmacSha256);

    private readonly SandboxNameServer _server = new(
        new IPEndPoint(IPAddress.Loopback, 0),
        [
            SandboxZone.Parse(Zone, "example.test MX 10 mx.example.test", "mx.example.test A 127.0.0.1", "www.example.test CNAME web.example.com", "example.test TXT \"v=spf1 -all\""),
            SandboxZone.Parse(DomainName.Parse("example.com"), "web.example.com A 127.0.0.2"),
        ],
        [Key], TimeProvider.System, NullLogger<SandboxNameServer>.Instance);

    public Task InitializeAsync() => _server.StartAsync(CancellationToken.None);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("example.test", RecordType.Mx, "10 mx.example.test.")]
    [InlineData("www.example.test", RecordType.A, "127.0.0.2")]
    [InlineData("example.test", RecordType.NS, "ns.example.test.")]
    [InlineData("ns.example.test", RecordType.A, "127.0.0.1")]
    public async Task The_stub_resolver_finds_what_the_zones_hold(string name, RecordType type, string data)
    {
        var found = Assert.IsType<DnsAnswer.Found>(await AskAsync(name, type));
        Assert.Equal(data, RecordText.Format(Assert.Single(found.Records).Data));
    }

    [Fact]
    public async Task What_the_zones_do_not_hold_is_denied_and_what_is_outside_too()
    {
        Assert.IsType<DnsAnswer.NoData>(await AskAsync("mx.example.test", RecordType.Aaaa));
        Assert.IsType<DnsAnswer.NoSuchName>(await AskAsync("nothing.example.test", RecordType.A));
        Assert.IsType<DnsAnswer.NoSuchName>(await AskAsync("example.invalid", RecordType.A));
    }

    [Fact]
    public async Task An_update_is_carried_out_and_counted()
    {
        uint before = _server.Zones[0].Serial;
        string value = new('k', 600);

        Assert.IsType<UpdateResult.Done>(await UpdateAsync([new Prerequisite.Absent(At("s1._domainkey"), RecordType.Txt)], new ZoneChange.Add(Txt("s1._domainkey", value))));
        Assert.Equal(value, Assert.IsType<DnsAnswer.Found>(await AskAsync("s1._domainkey.example.test", RecordType.Txt)).Data<RecordData.Txt>().Single().Text);
        Assert.Equal(before + 1, _server.Zones[0].Serial);
    }

    public static TheoryData<string, Prerequisite, UpdateFailure?> Prerequisites => new()
    {
        { "is there", new Prerequisite.Exists(Zone, RecordType.Mx), null },
        { "is not there", new Prerequisite.Exists(At("x"), RecordType.Mx), UpdateFailure.NXRRset },
        { "is absent", new Prerequisite.Absent(At("x"), RecordType.Txt), null },
        { "is not absent", new Prerequisite.Absent(Zone, RecordType.Mx), UpdateFailure.YXRRset },
        { "is exactly", new Prerequisite.HasExactly(Zone, RecordType.Txt, [new RecordData.Txt("v=spf1 -all")]), null },
        { "is not exactly", new Prerequisite.HasExactly(Zone, RecordType.Txt, [new RecordData.Txt("v=spf1 ~all")]), UpdateFailure.NXRRset },
        { "is only a part", new Prerequisite.HasExactly(Zone, RecordType.Txt, [new RecordData.Txt("v=spf1 -all"), new RecordData.Txt("more")]), UpdateFailure.NXRRset },
        { "name is used", new Prerequisite.NameInUse(At("mx")), null },
        { "name is not used", new Prerequisite.NameInUse(At("x")), UpdateFailure.NXDomain },
        { "name is free", new Prerequisite.NameNotInUse(At("x")), null },
        { "name is not free", new Prerequisite.NameNotInUse(At("mx")), UpdateFailure.YXDomain },
        { "is outside", new Prerequisite.NameNotInUse(DomainName.Parse("example.net")), UpdateFailure.NotZone },
    };

    [Theory]
    [MemberData(nameof(Prerequisites))]
    public async Task An_update_whose_prerequisite_fails_changes_nothing(string what, object prerequisite, UpdateFailure? failure)
    {
        uint before = _server.Zones[0].Serial;
        UpdateResult result = await UpdateAsync([(Prerequisite)prerequisite], new ZoneChange.Add(Txt("new", "x")));

        Assert.True(failure == (result as UpdateResult.Failed)?.Reason, $"{what}: {result}");
        Assert.Equal(failure is null ? before + 1 : before, _server.Zones[0].Serial);
    }

    [Fact]
    public async Task Sets_records_and_names_are_deleted_but_never_the_apex()
    {
        await UpdateAsync([], new ZoneChange.Add(Txt("t", "a")), new ZoneChange.Add(Txt("t", "b")), new ZoneChange.Add(ResourceRecord.Parse("t.example.test A 127.0.0.9")));
        await UpdateAsync([], new ZoneChange.DeleteRecord(At("t"), RecordType.Txt, new RecordData.Txt("a")));
        Assert.Equal("\"b\"", RecordText.Format(Assert.Single(_server.Zones[0].Answer(At("t"), RecordType.Txt).Answers).Data));

        await UpdateAsync([], new ZoneChange.DeleteSet(At("t"), RecordType.Txt));
        Assert.Single(_server.Zones[0].Answer(At("t"), RecordType.Any).Answers);

        await UpdateAsync([], new ZoneChange.DeleteName(At("t")), new ZoneChange.DeleteName(Zone));
        Assert.Empty(_server.Zones[0].Answer(At("t"), RecordType.Any).Answers);
        Assert.Equal([RecordType.Soa, RecordType.NS], _server.Zones[0].Records.Where(r => r.Name == Zone).Select(r => r.Type));
    }

    [Fact]
    public async Task A_key_of_another_is_refused_by_name_and_by_secret()
    {
        var stranger = TsigKey.Generate(DomainName.Parse("stranger"), TsigAlgorithm.HmacSha256);
        var impostor = TsigKey.Generate(Key.Name, Key.Algorithm);

        Assert.Equal(UpdateFailure.BadKey, await FailureAsync(stranger, Zone));
        Assert.Equal(UpdateFailure.BadSig, await FailureAsync(impostor, Zone));
        Assert.Equal(UpdateFailure.NotAuth, await FailureAsync(Key, DomainName.Parse("example.net")));

        async Task<UpdateFailure> FailureAsync(TsigKey key, DomainName zone) => Assert.IsType<UpdateResult.Failed>(
            await new UpdateClient(TimeProvider.System).SendAsync(new ZoneUpdate(zone, [], []), _server.EndPoint, key, CancellationToken.None)).Reason;
    }

    [Fact]
    public async Task An_unsigned_update_is_refused()
    {
        Exchange exchange = await new DnsTransport(TimeProvider.System).TcpAsync(
            _server.EndPoint, new ZoneUpdate(Zone, [], [new ZoneChange.Add(Txt("x", "x"))]).ToMessage(), TimeSpan.FromSeconds(10), CancellationToken.None);

        Assert.Equal(ResponseCode.Refused, Assert.IsType<Exchange.Answered>(exchange).Message.ResponseCode);
    }

    [Fact]
    public async Task The_same_update_played_again_is_refused()
    {
        byte[] message = (new ZoneUpdate(Zone, [], [new ZoneChange.Add(Txt("x", "x"))]).ToMessage() with { Id = 9 }).Encode();
        byte[] signed = Tsig.Sign(message, Key, DateTimeOffset.UtcNow, out _);
        var transport = new DnsTransport(TimeProvider.System);

        Assert.Equal(ResponseCode.NoError, await SendAsync());
        Assert.Equal(ResponseCode.Refused, await SendAsync());

        async Task<ResponseCode> SendAsync() => Assert.IsType<Exchange.Answered>(
            await transport.TcpAsync(_server.EndPoint, signed, TimeSpan.FromSeconds(10), CancellationToken.None)).Message.ResponseCode;
    }

    [Theory]
    [InlineData("hmac-sha256", "")]
    [InlineData("hmac-sha256", "-v")]   // TCP
    public async Task Nsupdate_changes_the_zone(string algorithm, string option)
    {
        (int code, string output) = await Daemon.RunAsync(
            Daemon.Find("nsupdate", "bind9-dnsutils"), [.. option.Length > 0 ? [option] : Array.Empty<string>(), "-y", $"{algorithm}:{Key.Name}:{Key.ToSecretText().Split(':')[2]}"],
            $"""
            server 127.0.0.1 {_server.EndPoint.Port}
            zone example.test
            prereq nxrrset n.example.test TXT
            update add n.example.test 300 TXT "by nsupdate"
            send

            """);

        Assert.True(code == 0, output);
        Assert.Equal("\"by nsupdate\"", RecordText.Format(Assert.Single(_server.Zones[0].Answer(At("n"), RecordType.Txt).Answers).Data));
    }

    [Fact]
    public async Task What_nsupdate_sent_is_refused_when_it_is_sent_again_or_was_changed()
    {
        // Between nsupdate and the server sits someone who keeps what goes by, and the first message for himself.
        byte[] captured = [];
        await using var listener = new ScriptedNameServer(query =>
        {
            captured = query.Octets;
            return [];
        });
        Task<(int Code, string Output)> sending = Daemon.RunAsync(
            Daemon.Find("nsupdate", "bind9-dnsutils"), ["-v", "-t", "2", "-y", $"hmac-sha256:{Key.Name}:{Key.ToSecretText().Split(':')[2]}"],
            $"server 127.0.0.1 {listener.EndPoint.Port}\nzone example.test\nupdate add captured.example.test 300 TXT \"genuine\"\nsend\n");
        await sending;
        Assert.NotEmpty(captured);
        var transport = new DnsTransport(TimeProvider.System);
        int text = captured.AsSpan().IndexOf("genuine"u8);
        foreach (int at in new[] { 3, text, text + 6, captured.Length - 30, captured.Length - 1 })
        {
            byte[] changed = [.. captured];
            changed[at] ^= 1;
            Exchange exchange = await transport.TcpAsync(_server.EndPoint, changed, TimeSpan.FromSeconds(10), CancellationToken.None);
            Assert.False(exchange is Exchange.Answered { Message.ResponseCode: ResponseCode.NoError }, $"octet {at}");
        }

        Assert.Empty(_server.Zones[0].Answer(At("captured"), RecordType.Txt).Answers);
        Assert.Equal(ResponseCode.NoError, await SendAsync());
        Assert.Equal(ResponseCode.Refused, await SendAsync());

        async Task<ResponseCode> SendAsync() => Assert.IsType<Exchange.Answered>(
            await transport.TcpAsync(_server.EndPoint, captured, TimeSpan.FromSeconds(10), CancellationToken.None)).Message.ResponseCode;
    }

    [Fact]
    public async Task Nsupdate_with_a_wrong_secret_is_told_BADSIG()
    {
        (int code, string output) = await Daemon.RunAsync(
            Daemon.Find("nsupdate", "bind9-dnsutils"), ["-y", $"hmac-sha256:{Key.Name}:d3Jvbmcgd3Jvbmcgd3Jvbmc="],
            $"server 127.0.0.1 {_server.EndPoint.Port}\nzone example.test\nupdate add n.example.test 300 TXT x\nsend\n");

        Assert.NotEqual(0, code);
        Assert.Contains("BADSIG", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dig_reads_and_checks_signed_answers()
    {
        (int code, string output) = await Daemon.RunAsync(
            Daemon.Find("dig", "bind9-dnsutils"),
            ["@127.0.0.1", "-p", $"{_server.EndPoint.Port}", "-y", $"hmac-sha256:{Key.Name}:{Key.ToSecretText().Split(':')[2]}", "example.test", "MX"]);

        Assert.True(code == 0, output);
        Assert.Contains("10 mx.example.test.", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Couldn't verify", output, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_serves_this_machine_only()
    {
        await using var open = new SandboxNameServer(new IPEndPoint(IPAddress.Any, 0), [], [], TimeProvider.System, NullLogger<SandboxNameServer>.Instance);
        await Assert.ThrowsAsync<InvalidOperationException>(() => open.StartAsync(CancellationToken.None));
    }

    [Fact]
    public void Mangled_messages_are_answered_or_dropped_but_never_throw()
    {
        const int Seed = 5;
        var random = new Random(Seed);
        var replies = new SandboxReplies(_server.Zones, [Key], TimeProvider.System);
        byte[] signed = Tsig.Sign(new ZoneUpdate(Zone, [], [new ZoneChange.Add(Txt("x", "x"))]).ToMessage().Encode(), Key, DateTimeOffset.UtcNow, out _);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] mangled = [.. signed.Take(random.Next(signed.Length + 1))];
            for (int flips = random.Next(4); flips > 0 && mangled.Length > 0; flips--)
            {
                mangled[random.Next(mangled.Length)] = (byte)random.Next(256);
            }

            replies.Reply(mangled, overUdp: random.Next(2) == 0);
        }
    }

    private static DomainName At(string labels) => Zone.Below(labels);

    private static ResourceRecord Txt(string labels, string text) => new(At(labels), RecordType.Txt, TimeSpan.FromMinutes(5), new RecordData.Txt(text));

    private async Task<DnsAnswer> AskAsync(string name, RecordType type) =>
        await new Resolver(new ResolverOptions { Servers = [_server.EndPoint] }, TimeProvider.System).QueryAsync(DomainName.Parse(name), type, CancellationToken.None);

    private async Task<UpdateResult> UpdateAsync(Prerequisite[] prerequisites, params ZoneChange[] changes) =>
        await new UpdateClient(TimeProvider.System).SendAsync(new ZoneUpdate(Zone, prerequisites, changes), _server.EndPoint, Key, CancellationToken.None);
}
