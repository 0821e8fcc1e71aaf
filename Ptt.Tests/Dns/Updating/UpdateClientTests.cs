using System.Net;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Updating;
using Ptt.Tests.Support;

namespace Ptt.Tests.Dns.Updating;

/// <summary>What the client makes of replies that no honest server sends, or only a server with troubles.</summary>
public sealed class UpdateClientTests
{
    private static readonly DomainName Zone = DomainName.Parse("example.org");
    private static readonly TsigKey Key = TsigKey.Generate(DomainName.Parse("ptt._update.example.org"), TsigAlgorithm.HmacSha256);
    private static readonly ZoneUpdate Update = new(Zone, [], [new ZoneChange.Add(ResourceRecord.Parse("a.example.org TXT \"x\""))]);

    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_signed_yes_is_a_yes() => Assert.IsType<UpdateResult.Done>(await SendAsync(query => Signed(query, ResponseCode.NoError)));

    public static TheoryData<string, UpdateFailure, object> Replies => new()
    {
        { "an unsigned yes", UpdateFailure.ForgedReply, (Func<ScriptedQuery, DateTimeOffset, byte[]>)((q, _) => q.Reply()) },
        { "a yes signed by another key", UpdateFailure.ForgedReply, (Func<ScriptedQuery, DateTimeOffset, byte[]>)((q, now) => Tsig.Sign(q.Reply(), TsigKey.Generate(Key.Name, Key.Algorithm), now, out _)) },
        { "a yes that is not bound to the request", UpdateFailure.ForgedReply, (Func<ScriptedQuery, DateTimeOffset, byte[]>)((q, now) => Tsig.Sign(q.Reply(), Key, now, out _)) },
        { "a yes from long ago", UpdateFailure.ForgedReply, (Func<ScriptedQuery, DateTimeOffset, byte[]>)((q, now) => Sign(q, q.Reply(), now.AddHours(-1))) },
        { "a no turned into a yes", UpdateFailure.ForgedReply, (Func<ScriptedQuery, DateTimeOffset, byte[]>)((q, now) => { byte[] r = Sign(q, q.Reply(new DnsMessage { ResponseCode = ResponseCode.Refused }), now); r[3] = 0; return r; }) },
        { "an unsigned claim of drift", UpdateFailure.ForgedReply, (Func<ScriptedQuery, DateTimeOffset, byte[]>)((q, _) => q.Reply(new DnsMessage { ResponseCode = ResponseCode.YXRRset })) },
        { "our own request sent back", UpdateFailure.ForgedReply, (Func<ScriptedQuery, DateTimeOffset, byte[]>)((q, _) => q.Octets) },
        { "another id", UpdateFailure.ForgedReply, (Func<ScriptedQuery, DateTimeOffset, byte[]>)((q, now) => { byte[] r = Sign(q, q.Reply(), now); r[0] ^= 1; return r; }) },
        { "garbage", UpdateFailure.ForgedReply, (Func<ScriptedQuery, DateTimeOffset, byte[]>)((_, _) => [1, 2, 3]) },
        { "an unsigned refusal", UpdateFailure.Refused, (Func<ScriptedQuery, DateTimeOffset, byte[]>)((q, _) => q.Reply(new DnsMessage { ResponseCode = ResponseCode.Refused })) },
        { "not implemented", UpdateFailure.NotImplemented, (Func<ScriptedQuery, DateTimeOffset, byte[]>)((q, _) => q.Reply(new DnsMessage { ResponseCode = ResponseCode.NotImp })) },
        { "a server in trouble", UpdateFailure.ServFail, (Func<ScriptedQuery, DateTimeOffset, byte[]>)((q, now) => Sign(q, q.Reply(new DnsMessage { ResponseCode = ResponseCode.ServFail }), now)) },
        { "a name outside", UpdateFailure.NotZone, (Func<ScriptedQuery, DateTimeOffset, byte[]>)((q, now) => Sign(q, q.Reply(new DnsMessage { ResponseCode = ResponseCode.NotZone }), now)) },
    };

    [Theory]
    [MemberData(nameof(Replies))]
    public async Task Only_what_is_signed_for_our_request_is_believed(string what, UpdateFailure reason, object reply)
    {
        UpdateResult result = await SendAsync(query => ((Func<ScriptedQuery, DateTimeOffset, byte[]>)reply)(query, _time.GetUtcNow()));

        var failed = Assert.IsType<UpdateResult.Failed>(result);
        Assert.True(reason == failed.Reason, $"{what}: {failed.Reason}");
        Assert.NotEqual(reason.ToString(), failed.Explanation);
    }

    [Fact]
    public async Task A_wrong_clock_is_set_by_the_servers_once()
    {
        DateTimeOffset theirs = _time.GetUtcNow().AddHours(2);
        int asked = 0;
        UpdateResult result = await SendAsync(query =>
        {
            asked++;
            TsigVerdict verdict = Tsig.Verify(query.Octets, [Key], theirs);
            ResponseCode code = verdict is TsigVerdict.Valid ? ResponseCode.NoError : ResponseCode.NotAuth;
            return Tsig.SignReply(query.Reply(new DnsMessage { ResponseCode = code }), verdict, theirs);
        });

        Assert.Equal(TimeSpan.FromHours(2), Assert.IsType<UpdateResult.Done>(result).ClockSkew);
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task Two_clocks_do_not_argue_for_ever()
    {
        int asked = 0;
        UpdateResult result = await SendAsync(query =>
        {
            DateTimeOffset theirs = _time.GetUtcNow().AddHours(++asked);
            return Tsig.SignReply(query.Reply(new DnsMessage { ResponseCode = ResponseCode.NotAuth }), Tsig.Verify(query.Octets, [Key], theirs), theirs);
        });

        Assert.Equal((UpdateFailure.BadTime, 2), (Assert.IsType<UpdateResult.Failed>(result).Reason, asked));
    }

    [Fact]
    public async Task Silence_may_mean_that_it_happened()
    {
        UpdateResult result = await SendAsync(_ => { _time.Advance(TimeSpan.FromMinutes(1)); return null; });

        Assert.True(Assert.IsType<UpdateResult.Failed>(result) is { Reason: UpdateFailure.Timeout, MayHaveHappened: true });
    }

    [Fact]
    public async Task A_closed_port_is_unreachable()
    {
        var nowhere = new IPEndPoint(IPAddress.Loopback, Ports.Free());

        UpdateResult result = await new UpdateClient(_time).SendAsync(Update, nowhere, Key, CancellationToken.None);
        Assert.Equal(UpdateFailure.Unreachable, Assert.IsType<UpdateResult.Failed>(result).Reason);
    }

    private async Task<UpdateResult> SendAsync(Func<ScriptedQuery, byte[]?> reply)
    {
        await using var server = new ScriptedNameServer(query => reply(query) is { } octets ? [octets] : []);
        return await new UpdateClient(_time).SendAsync(Update, server.EndPoint, Key, CancellationToken.None);
    }

    private byte[] Signed(ScriptedQuery query, ResponseCode code) => Sign(query, query.Reply(new DnsMessage { ResponseCode = code }), _time.GetUtcNow());

    private static byte[] Sign(ScriptedQuery query, byte[] reply, DateTimeOffset now)
    {
        Assert.True(TsigRecord.TryFind(query.Octets, out TsigRecord? record, out _));
        return Tsig.SignReply(reply, new TsigVerdict.Valid(Key, record!.Mac, record.Signed), now);
    }
}
