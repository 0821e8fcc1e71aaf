using Ptt.Smtp.Relay;
using Ptt.Smtp.Relay.Pacing;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Relay.Pacing;

public sealed class DeliveryLanesTests
{
    private readonly DeliveryLanes _lanes = new(d => d.Name, _ => 1, atMost: 2);

    private static Delivery To(string destination) => new()
    {
        Id = default, Destination = new Destination(destination), Envelope = Mails.Envelope("a@" + destination), Recipients = [], Size = 0,
        AcceptedAt = default, Attempt = 1, Lease = 1,
    };

    [Fact]
    public async Task Room_that_comes_between_looking_for_it_and_waiting_is_not_missed()
    {
        _lanes.TryStart(To("one.test"));
        _lanes.TryStart(To("two.test"));
        Task came = _lanes.RoomCame;
        Assert.Equal(0, _lanes.Room);
        _lanes.Release(1);                       // before anybody waits
        await came.WaitAsync(TimeSpan.FromSeconds(120));
        Assert.Equal(1, _lanes.Room);
    }

    [Fact]
    public async Task A_full_destination_that_has_room_again_is_told_of_too()
    {
        Task came = _lanes.RoomCame;
        _lanes.TryStart(To("one.test"));
        _lanes.TryStart(To("one.test"));
        Assert.Equal(0, _lanes.RoomFor(new Destination("one.test")));
        _lanes.Next("one.test");
        _lanes.Release(1);
        await came.WaitAsync(TimeSpan.FromSeconds(120));
        Assert.Equal(1, _lanes.RoomFor(new Destination("one.test")));
    }

    [Fact]
    public void Nobody_is_woken_who_found_room()
    {
        Task came = _lanes.RoomCame;
        _lanes.TryStart(To("one.test"));
        Assert.Equal(1, _lanes.Room);
        _lanes.Release(1);
        Assert.False(came.IsCompleted);
    }
}
