using Ptt.Web.Keys;
using Ptt.Web.Keys.Pages;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Rotation;

namespace Ptt.Tests.Web.Keys;

public sealed class KeyTimelineTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_key_is_drawn_in_each_state_and_what_lies_ahead_is_planned()
    {
        KeyTimeline timeline = KeyTimeline.Of(
            new DomainKeysView("example.org", true, null, false,
            [
                View("new", KeyState.Standby, [(KeyState.Generated, -1), (KeyState.Standby, -1)], (KeyState.Active, 60), (KeyState.Retiring, 150)),
                View("old", KeyState.Active, [(KeyState.Generated, -31), (KeyState.Active, -30)], (KeyState.Retiring, 60), (KeyState.Revoked, 74), (KeyState.Removed, 104)),
            ]), Now)!;

        Assert.Equal(["old", "new"], timeline.Rows.Select(r => r.Key.Selector));
        Assert.Equal(
            ["Generated -31 -30", "Active -30 0", "Active 0 60 planned", "Retiring 60 74 planned", "Revoked 74 104 planned"],
            timeline.Rows[0].Stretches.Select(Text));
        Assert.Equal(["Standby -1 0", "Standby 0 60 planned", "Active 60 150 planned"], timeline.Rows[1].Stretches.Select(Text));
        Assert.True(timeline.From <= Now.AddDays(-12) && timeline.To == Now.AddDays(150));
    }

    [Fact]
    public void A_key_without_a_plan_lasts_until_today_and_a_domain_without_keys_has_no_picture()
    {
        KeyTimeline timeline = KeyTimeline.Of(new DomainKeysView("example.org", true, null, false, [View("x", KeyState.Published, [(KeyState.Published, -2)])]), Now)!;
        Assert.Equal("Published -2 0", Text(Assert.Single(timeline.Rows[0].Stretches)));
        Assert.Null(KeyTimeline.Of(new DomainKeysView("example.org", true, null, false, []), Now));
    }

    [Fact]
    public async Task A_key_that_signs_knows_the_rest_of_its_life()
    {
        using var world = new KeyWorld();
        await world.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal(
            [KeyState.Retiring, KeyState.Revoked, KeyState.Removed], KeyRotation.Forecast(world.Ring, world.Keeper.Policy, world.Only(KeyState.Active)).Select(p => p.State));
        Assert.Equal(
            [KeyState.Active, KeyState.Retiring, KeyState.Revoked, KeyState.Removed],
            KeyRotation.Forecast(world.Ring, world.Keeper.Policy, world.Only(KeyState.Standby)).Select(p => p.State));
    }

    private static KeyView View(string selector, KeyState state, (KeyState State, int Day)[] history, params (KeyState State, int Day)[] plan)
    {
        KeyPlan[] plans = [.. plan.Select(p => new KeyPlan(p.State, Now.AddDays(p.Day)))];
        return new KeyView(
            selector, "ed25519", state, false, "", null, null, null, plans.FirstOrDefault(), plans, null, false, null,
            [.. history.Select(h => new KeyEvent(Now.AddDays(h.Day), h.State, ""))]);
    }

    private static string Text(KeyTimeline.Stretch s) => $"{s.State} {(s.From - Now).TotalDays:0} {(s.To - Now).TotalDays:0}{(s.IsPlanned ? " planned" : "")}";
}
