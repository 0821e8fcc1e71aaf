using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Tests.Support;

namespace Ptt.Tests.Dns.Resolving;

/// <summary>What the resolver remembers, and for how long.</summary>
public sealed class ResolverCacheTests
{
    private static readonly DomainName Name = DomainName.Parse("mx.example.com");

    private readonly ManualTime _time = new();

    [Fact]
    public async Task An_answer_is_remembered_for_its_TTL()
    {
        await using var server = ScriptedNameServer.Of("mx.example.com 60 A 192.0.2.1");
        Resolver resolver = NewResolver(server);

        await AskAsync(resolver);
        _time.Advance(TimeSpan.FromSeconds(59));
        await AskAsync(resolver);
        Assert.Single(server.Queries);

        _time.Advance(TimeSpan.FromSeconds(1));
        await AskAsync(resolver);
        Assert.Equal(2, server.Queries.Count);
    }

    [Theory]
    [InlineData(0, 5)]              // the floor
    [InlineData(100, 100)]
    [InlineData(1_000_000, 86_400)] // the ceiling
    public async Task A_TTL_has_a_floor_and_a_ceiling(int ttl, int remembered)
    {
        await using var server = ScriptedNameServer.Of($"mx.example.com {ttl} A 192.0.2.1");
        Resolver resolver = NewResolver(server);

        await AskAsync(resolver);
        _time.Advance(TimeSpan.FromSeconds(remembered) - TimeSpan.FromTicks(1));
        await AskAsync(resolver);
        Assert.Single(server.Queries);
        _time.Advance(TimeSpan.FromTicks(1));
        await AskAsync(resolver);
        Assert.Equal(2, server.Queries.Count);
    }

    [Theory]
    [InlineData(900, 300, 300)]     // RFC 2308 §5: the lesser of the SOA's TTL and its minimum
    [InlineData(60, 300, 60)]
    [InlineData(99_999, 99_999, 3600)]
    public async Task A_no_is_remembered_as_the_SOA_says(int ttl, int minimum, int remembered)
    {
        await using var server = new ScriptedNameServer(query => [query.Reply(new DnsMessage
        {
            ResponseCode = ResponseCode.NXDomain,
            Authority = [ResourceRecord.Parse($"example.com {ttl} SOA ns.example.com h.example.com 1 7200 900 1209600 {minimum}")],
        })]);
        Resolver resolver = NewResolver(server);

        await AskAsync(resolver);
        _time.Advance(TimeSpan.FromSeconds(remembered - 1));
        await AskAsync(resolver);
        Assert.Single(server.Queries);
        _time.Advance(TimeSpan.FromSeconds(1));
        await AskAsync(resolver);
        Assert.Equal(2, server.Queries.Count);
    }

    [Fact]
    public async Task The_cache_does_not_grow_without_bound()
    {
        await using var server = new ScriptedNameServer(query => [query.Reply(ResourceRecord.Parse($"{query.Message.Questions[0].Name} 60 A 192.0.2.1"))]);
        Resolver resolver = new(new ResolverOptions { Servers = [server.EndPoint], CacheSize = 3 }, _time);

        foreach (string name in new[] { "a.test", "b.test", "c.test", "a.test", "d.test", "a.test", "b.test" })
        {
            await AskAsync(resolver, name);
        }

        Assert.Equal(["a.test", "b.test", "c.test", "d.test", "b.test"], server.Queries.Select(q => q.Message.Questions[0].Name.ToString()));
    }

    private Resolver NewResolver(ScriptedNameServer server) => new(new ResolverOptions { Servers = [server.EndPoint] }, _time);

    private static Task<DnsAnswer> AskAsync(Resolver resolver, string? name = null) =>
        resolver.QueryAsync(name is null ? Name : DomainName.Parse(name), RecordType.A, CancellationToken.None).AsTask();
}
