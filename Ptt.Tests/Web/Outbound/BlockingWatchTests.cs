using Microsoft.Extensions.DependencyInjection;
using Ptt.Tests.Support;
using Ptt.Web.Alarms;
using Ptt.Web.Outbound;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Tracing;

namespace Ptt.Tests.Web.Outbound;

public sealed class BlockingWatchTests
{
    private const string Blocked = "550 5.7.1 Service unavailable; client host blocked using a DNSBL";

    [Fact]
    public async Task A_destination_that_keeps_refusing_us_is_an_alarm_until_it_takes_a_message()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        var alarms = host.Services.GetRequiredService<IAlarms>();
        var watch = new BlockingWatch(alarms, host.Time);
        void Settled(string state, string reply, string destination = "one.test")
        {
            watch.Hear([new ToldStory(1, new Story
            {
                What = "settled", Sender = "ada@example.test", Destination = destination, At = host.Time.GetUtcNow().ToUnixTimeMilliseconds(),
                Recipients = [new StoryRecipient(0, "bob@" + destination, state, reply)],
            }, [])]);
            host.Time.Advance(TimeSpan.FromMinutes(3));
        }

        for (int i = 0; i < 4; i++)
        {
            Settled("failed", Blocked);
        }

        Assert.Empty(alarms.Current);                                   // not yet
        Settled("failed", "550 5.1.1 No such user");
        Assert.Empty(alarms.Current);                                   // that is about the recipient
        Settled("deferred", "421 4.7.28 unusual rate of mail");
        Alarm alarm = Assert.Single(alarms.Current);
        Assert.Equal(("destination.blocking:one.test", "/queue?destination=one.test"), (alarm.Name, alarm.Link));
        Settled("delivered", "250 2.0.0 OK", "two.test");
        Assert.Single(alarms.Current);
        Settled("delivered", "250 2.0.0 OK");
        Assert.Empty(alarms.Current);
    }
}
