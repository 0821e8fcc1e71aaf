using System.Net;
using System.Net.Sockets;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Tests.Support;

namespace Ptt.Tests.Dns.Resolving;

public sealed class ResolverTests
{
    private static readonly DomainName Name = DomainName.Parse("mx.example.com");
    private static readonly ResourceRecord Good = ResourceRecord.Parse("mx.example.com 60 A 192.0.2.1");
    private static readonly ResourceRecord Evil = ResourceRecord.Parse("mx.example.com 60 A 203.0.113.66");
    private static readonly ResourceRecord Soa = ResourceRecord.Parse("example.com 900 SOA ns.example.com h.example.com 1 7200 900 1209600 300");

    private readonly ManualTime _time = new();

    [Fact]
    public async Task An_address_is_found()
    {
        await using var server = ScriptedNameServer.Of("mx.example.com 60 A 192.0.2.1");

        Assert.Equal([Good], await FoundAsync(NewResolver(server)));
    }

    [Fact]
    public async Task Each_query_has_its_own_id_port_and_letters()
    {
        await using var server = new ScriptedNameServer(query => [query.Reply(new DnsMessage { ResponseCode = ResponseCode.NXDomain })]);
        Resolver resolver = NewResolver(server);
        for (int i = 0; i < 40; i++)
        {
            await resolver.QueryAsync(DomainName.Parse($"a-long-enough-name-{i}.example.com"), RecordType.A, CancellationToken.None);
        }

        Assert.True(server.Queries.Select(q => q.Message.Id).Distinct().Count() > 35);
        Assert.True(server.Queries.Select(q => q.From.Port).Distinct().Count() > 30);
        Assert.True(server.Queries.Select(q => string.Concat(q.QuestionText.Where(char.IsLetter).Select(c => char.IsUpper(c) ? '1' : '0'))).Distinct().Count() > 35);
        Assert.All(server.Queries, q => Assert.Equal(1232, q.Message.Edns?.PayloadSize));
        Assert.All(server.Queries, q => Assert.True(q.Message.AuthenticData && q.Message.RecursionDesired));
    }

    public static TheoryData<string, object> Forgeries => new()
    {
        { "another id", (Func<ScriptedQuery, byte[]>)(q => { byte[] r = q.Reply(Evil); r[1] ^= 1; return r; }) },
        { "another name", (Func<ScriptedQuery, byte[]>)(q => new DnsMessage { Id = q.Message.Id, IsResponse = true, Questions = [new Question(DomainName.Parse("mx.example.net"), RecordType.A)], Answers = [Evil] }.Encode()) },
        { "another type", (Func<ScriptedQuery, byte[]>)(q => new DnsMessage { Id = q.Message.Id, IsResponse = true, Questions = [new Question(Name, RecordType.Aaaa)], Answers = [Evil] }.Encode()) },
        { "no question", (Func<ScriptedQuery, byte[]>)(q => new DnsMessage { Id = q.Message.Id, IsResponse = true, Answers = [Evil] }.Encode()) },
        { "a query", (Func<ScriptedQuery, byte[]>)(q => { byte[] r = q.Reply(Evil); r[2] &= 0x7F; return r; }) },
        { "garbage", (Func<ScriptedQuery, byte[]>)(q => [.. q.Octets.Take(2), 0x80, 0, 0, 9, 0, 9]) },
        { "nothing", (Func<ScriptedQuery, byte[]>)(_ => []) },
    };

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task A_reply_that_is_not_to_our_question_is_passed_over(string what, object forge)
    {
        await using var server = new ScriptedNameServer(query => query.OverTcp ? [] : [((Func<ScriptedQuery, byte[]>)forge)(query), query.Reply(Good)]);

        Assert.True(Good == Assert.Single(await FoundAsync(NewResolver(server))), what);
    }

    [Fact]
    public async Task A_reply_with_other_letters_leads_to_TCP()
    {
        await using var server = new ScriptedNameServer(query =>
        {
            byte[] forged = query.Reply(Evil);
            forged[13] ^= 0x20;
            return [query.OverTcp ? query.Reply(Good) : forged];
        });

        Assert.Equal([Good], await FoundAsync(NewResolver(server)));
        Assert.True(server.Queries.Last().OverTcp);
    }

    [Fact]
    public async Task A_rain_of_guesses_leads_to_TCP()
    {
        await using var server = new ScriptedNameServer(query => query.OverTcp
            ? [query.Reply(Good)]
            : Enumerable.Range(1, 40).Select(i => { byte[] r = query.Reply(Evil); r[0] ^= (byte)i; return r; }));

        Assert.Equal([Good], await FoundAsync(NewResolver(server)));
    }

    [Fact]
    public async Task A_cut_reply_is_asked_again_by_TCP()
    {
        ResourceRecord[] many = [.. Enumerable.Range(1, 200).Select(i => ResourceRecord.Parse($"mx.example.com 60 A 192.0.2.{i}"))];
        await using var server = new ScriptedNameServer(query => [query.OverTcp ? query.Reply(many) : query.Reply(new DnsMessage { IsTruncated = true })]);

        Assert.Equal(many, await FoundAsync(NewResolver(server)));
    }

    [Fact]
    public async Task A_server_that_knows_no_EDNS_is_asked_without()
    {
        await using var server = new ScriptedNameServer(query => [query.Message.Edns is null ? query.Reply(Good) : query.Reply(new DnsMessage { ResponseCode = ResponseCode.FormErr })]);

        Assert.Equal([Good], await FoundAsync(NewResolver(server)));
    }

    [Fact]
    public async Task The_next_server_is_asked_when_one_is_silent_or_fails_and_stays_the_first_asked()
    {
        await using var silent = NewSilentServer();
        await using var failing = new ScriptedNameServer(query => [query.Reply(new DnsMessage { ResponseCode = ResponseCode.ServFail })]);
        await using var good = new ScriptedNameServer(query => [query.Reply(Good with { Name = query.Message.Questions[0].Name })]);
        Resolver resolver = NewResolver(silent, failing, good);

        await FoundAsync(resolver);
        await FoundAsync(resolver, "other.example.com");

        Assert.Equal((1, 1, 2), (silent.Queries.Count, failing.Queries.Count, good.Queries.Count));
    }

    [Theory]
    [InlineData(ResponseCode.ServFail, DnsFailure.ServerFailure)]
    [InlineData(ResponseCode.Refused, DnsFailure.Refused)]
    [InlineData(ResponseCode.NotImp, DnsFailure.ServerFailure)]
    public async Task A_servers_fault_is_a_failure_and_not_a_no(ResponseCode code, DnsFailure reason)
    {
        await using var server = new ScriptedNameServer(query => [query.Reply(new DnsMessage { ResponseCode = code })]);

        Assert.Equal(reason, Assert.IsType<DnsAnswer.Failed>(await AskAsync(NewResolver(server))).Reason);
    }

    [Fact]
    public async Task Silence_is_a_timeout()
    {
        await using var server = NewSilentServer();

        Assert.Equal(DnsFailure.Timeout, Assert.IsType<DnsAnswer.Failed>(await AskAsync(NewResolver(server))).Reason);
    }

    [Fact]
    public async Task A_closed_port_is_unreachable()
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var endPoint = (IPEndPoint)closed.LocalEndPoint!;
        closed.Close();

        Assert.Equal(DnsFailure.Unreachable, Assert.IsType<DnsAnswer.Failed>(await AskAsync(NewResolver([endPoint]))).Reason);
    }

    [Fact]
    public async Task No_such_name_and_no_data_are_told_apart()
    {
        await using var server = new ScriptedNameServer(query => [query.Reply(new DnsMessage
        {
            ResponseCode = query.Message.Questions[0].Name == Name ? ResponseCode.NXDomain : ResponseCode.NoError,
            Authority = [Soa],
        })]);
        Resolver resolver = NewResolver(server);

        Assert.Equal(Soa, Assert.IsType<DnsAnswer.NoSuchName>(await AskAsync(resolver)).Soa);
        Assert.IsType<DnsAnswer.NoData>(await AskAsync(resolver, "example.com"));
    }

    [Fact]
    public async Task Aliases_in_the_answer_are_followed()
    {
        await using var server = new ScriptedNameServer(query => [query.Reply(
            ResourceRecord.Parse("mx.example.com CNAME a.example.net"), ResourceRecord.Parse("evil.example.org A 203.0.113.66"),
            ResourceRecord.Parse("b.example.net A 192.0.2.7"), ResourceRecord.Parse("a.example.net CNAME b.example.net"))]);

        Assert.Equal("b.example.net. 3600 IN A 192.0.2.7", Assert.Single(await FoundAsync(NewResolver(server))).ToString());
    }

    [Fact]
    public async Task An_alias_without_its_target_is_asked_for()
    {
        await using var server = new ScriptedNameServer(query => [query.Message.Questions[0].Name == Name
            ? query.Reply(ResourceRecord.Parse("mx.example.com CNAME a.example.net"))
            : query.Reply(ResourceRecord.Parse("a.example.net A 192.0.2.7"))]);

        Assert.Equal("a.example.net", Assert.Single(await FoundAsync(NewResolver(server))).Name.ToString());
    }

    [Theory]
    [InlineData("mx.example.com CNAME a.example.net", "a.example.net CNAME mx.example.com")]
    [InlineData("mx.example.com CNAME mx.example.com", "x.example.com A 192.0.2.1")]
    public async Task Aliases_in_a_circle_end_as_a_loop(params string[] lines)
    {
        await using var server = new ScriptedNameServer(query => [query.Reply([.. lines.Select(ResourceRecord.Parse)])]);

        Assert.Equal(DnsFailure.Loop, Assert.IsType<DnsAnswer.Failed>(await AskAsync(NewResolver(server))).Reason);
    }

    [Fact]
    public async Task Aliases_without_end_end()
    {
        await using var server = new ScriptedNameServer(query => [query.Reply(new ResourceRecord(
            query.Message.Questions[0].Name, RecordType.CName, TimeSpan.FromMinutes(1), new RecordData.Name(DomainName.Parse($"{Guid.NewGuid():n}.example.net"))))]);

        Assert.Equal(DnsFailure.Loop, Assert.IsType<DnsAnswer.Failed>(await AskAsync(NewResolver(server))).Reason);
    }

    [Fact]
    public async Task Many_who_ask_the_same_share_one_query()
    {
        var gate = new ManualResetEventSlim();
        await using var server = new ScriptedNameServer(query => { gate.Wait(); return [query.Reply(Good)]; });
        Resolver resolver = NewResolver(server);

        Task<DnsAnswer>[] askers = [.. Enumerable.Range(0, 100).Select(_ => AskAsync(resolver))];
        gate.Set();
        Assert.All(await Task.WhenAll(askers), answer => Assert.IsType<DnsAnswer.Found>(answer));
        Assert.Single(server.Queries);
    }

    [Fact]
    public async Task One_who_gives_up_does_not_take_the_answer_from_the_others()
    {
        var gate = new ManualResetEventSlim();
        await using var server = new ScriptedNameServer(query => { gate.Wait(); return [query.Reply(Good)]; });
        Resolver resolver = NewResolver(server);
        using var impatient = new CancellationTokenSource();

        Task<DnsAnswer> first = resolver.QueryAsync(Name, RecordType.A, impatient.Token).AsTask();
        Task<DnsAnswer> second = AskAsync(resolver);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.Set();
        Assert.IsType<DnsAnswer.Found>(await second);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_AD_bit_is_passed_on_from_loopback(bool authentic)
    {
        await using var server = new ScriptedNameServer(query => [query.Reply(new DnsMessage { AuthenticData = authentic, Answers = [Good] })]);

        Assert.Equal(authentic, (await AskAsync(NewResolver(server))).Authenticated);
    }

    [Fact]
    public void The_servers_of_resolv_conf_are_read() => Assert.Equal(
        ["192.0.2.53:53", "[2001:db8::53]:53"],
        ResolvConf.Parse(["# made by hand", "search example.com", "nameserver 192.0.2.53", "nameserver\t2001:db8::53  ; second", "nameserver nonsense", "options edns0"])
            .Select(s => s.ToString()));

    [Fact]
    public void Without_resolv_conf_this_machine_is_asked() => Assert.Equal("127.0.0.1:53", ResolvConf.Read("/nowhere/resolv.conf").Single().ToString());

    private Resolver NewResolver(params ScriptedNameServer[] servers) => NewResolver([.. servers.Select(s => s.EndPoint)]);

    private Resolver NewResolver(IPEndPoint[] servers) => new(Options(servers), _time);

    /// <summary>Takes the query, and then time passes.</summary>
    private ScriptedNameServer NewSilentServer() => new(_ =>
    {
        _time.Advance(TimeSpan.FromMinutes(1));
        return [];
    });

    private static ResolverOptions Options(params IPEndPoint[] servers) => new() { Servers = servers, Rounds = 2 };

    private static Task<DnsAnswer> AskAsync(Resolver resolver, string? name = null) =>
        resolver.QueryAsync(name is null ? Name : DomainName.Parse(name), RecordType.A, CancellationToken.None).AsTask();

    private static async Task<IReadOnlyList<ResourceRecord>> FoundAsync(Resolver resolver, string? name = null) =>
        Assert.IsType<DnsAnswer.Found>(await AskAsync(resolver, name)).Records;
}
