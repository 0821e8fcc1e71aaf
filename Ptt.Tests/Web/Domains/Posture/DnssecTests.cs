using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Tests.Support;
using Ptt.Web.Domains.Posture;

namespace Ptt.Tests.Web.Domains.Posture;

/// <summary>What a validating BIND on this machine makes of signed zones, and we of its AD bit.</summary>
public sealed class DnssecTests
{
    [Fact]
    public async Task A_validating_resolver_on_this_machine_tells_good_from_bogus_and_unsigned_zones()
    {
        await using SignedWorld world = await SignedWorld.StartAsync();
        var resolver = new Resolver(new ResolverOptions { Servers = [world.Resolver], Timeout = TimeSpan.FromSeconds(10) }, TimeProvider.System);
        var posture = new DnssecPosture(resolver);

        var good = Assert.IsType<DnsAnswer.Found>(await resolver.QueryAsync(DomainName.Parse("good.test"), RecordType.Mx, CancellationToken.None));
        Assert.True(good.Authenticated, world.Log);
        Assert.False((await resolver.QueryAsync(DomainName.Parse("plain.test"), RecordType.Mx, CancellationToken.None)).Authenticated);
        Assert.IsType<DnsAnswer.Failed>(await resolver.QueryAsync(DomainName.Parse("bogus.test"), RecordType.Mx, CancellationToken.None));

        foreach ((string domain, PostureState state, string words) in new[]
        {
            ("good.test", PostureState.Good, "the resolver on this machine validates it"),
            ("bogus.test", PostureState.Bad, "its keys do not validate"),
            ("plain.test", PostureState.Advice, "The zone is not signed"),
        })
        {
            PostureItem item = Assert.Single(await posture.CheckAsync(DomainName.Parse(domain), CancellationToken.None));
            Assert.True(item.State == state, $"{domain}: {item.State} {item.Text}\n{world.Log}");
            Assert.Contains(words, item.Text, StringComparison.Ordinal);
        }
    }
}
