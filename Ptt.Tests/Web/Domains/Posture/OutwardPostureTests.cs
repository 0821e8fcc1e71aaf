using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;
using Ptt.Web.Configuration;
using Ptt.Web.Domains;
using Ptt.Web.Domains.Posture;

namespace Ptt.Tests.Web.Domains.Posture;

public sealed class OutwardPostureTests
{
    private readonly StaticResolver _dns = new("probe.test MX 10 mx.probe.test", "mx.probe.test A 127.0.0.1");
    private readonly RelayOptions _relay = new() { HeloName = "mail.example.test", AllowPrivateAddresses = true };

    [Fact]
    public async Task A_server_that_answers_shows_that_mail_can_leave()
    {
        await using var server = new ScriptedServer();
        _relay.Port = server.EndPoint.Port;
        using OutwardPosture posture = New();
        for (int domains = 0; domains < 3; domains++)
        {
            Assert.Equal(PostureState.Good, (await ItemAsync(posture)).State);
        }

        Assert.Equal(1, server.Connections);                                    // asked once for all domains
        Assert.DoesNotContain(server.Commands, c => c.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_refuses_us_shows_that_the_port_is_open()
    {
        await using var server = new ScriptedServer { Greeting = "554 5.7.1 Your address is listed" };
        _relay.Port = server.EndPoint.Port;
        using OutwardPosture posture = New();
        PostureItem item = await ItemAsync(posture);
        Assert.Equal(PostureState.Warning, item.State);
        Assert.Contains("Your address is listed", item.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_closed_is_bad_and_it_is_said_what_to_do()
    {
        _relay.Port = Ports.Free();
        using OutwardPosture posture = New();
        PostureItem item = await ItemAsync(posture);
        Assert.Equal(PostureState.Bad, item.State);
        Assert.Contains("smart host", item.Advice?.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("down.test", PostureState.Unknown)]
    [InlineData("nowhere.test", PostureState.Advice)]
    public async Task Without_a_server_to_try_nothing_is_said_against_us(string probe, PostureState state)
    {
        _dns.Fail("down.test");
        using OutwardPosture posture = New(probe);
        Assert.Equal(state, (await ItemAsync(posture)).State);
    }

    [Fact]
    public async Task Behind_a_smart_host_the_port_is_not_needed()
    {
        _relay.Routes["*"] = "smart.test:587";
        using OutwardPosture posture = New();
        Assert.Equal(PostureState.Good, (await ItemAsync(posture)).State);
    }

    private OutwardPosture New(string probe = "probe.test")
    {
        IOptions<DomainOptions> options = Options.Create(new DomainOptions { OutwardProbes = [probe] });
        return new OutwardPosture(
            _dns, new OwnAddresses(_dns, options, Options.Create(new PttOptions { Hostname = "mail.example.test" })), options, Options.Create(_relay), TimeProvider.System);
    }

    private static async Task<PostureItem> ItemAsync(OutwardPosture posture) => Assert.Single(await posture.CheckAsync(DomainName.Parse("example.test"), CancellationToken.None));
}
