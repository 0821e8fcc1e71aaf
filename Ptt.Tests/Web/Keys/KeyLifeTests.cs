using Ptt.Tests.Support;
using Ptt.Web.Keys;
using Ptt.Web.Keys.Rings;

namespace Ptt.Tests.Web.Keys;

public sealed class KeyLifeTests
{
    [Fact]
    public async Task A_new_domain_soon_has_one_key_that_signs_and_one_that_stands_ready()
    {
        using var world = new KeyWorld(new KeysOptions());
        await world.RunAsync();
        Assert.Equal(["ed25519", "rsa-2048"], world.Ring.Active.Select(k => k.Algorithm).Order());
        Assert.All(world.Ring.Active, k => Assert.Equal(k.Record, world.Dns.Show(KeyWorld.Name(k), 0)));
        await world.PassAsync(TimeSpan.FromMinutes(10));
        Assert.Equal((2, 2), (world.Count(KeyState.Active), world.Count(KeyState.Standby)));
        Assert.Equal(4, world.Dns.Names.Count());
    }

    [Fact]
    public async Task A_key_goes_through_every_state_in_its_time()
    {
        using var world = new KeyWorld();
        await world.RunAsync();
        KeyEntry first = world.Only(KeyState.Active);
        await world.PassAsync(TimeSpan.FromDays(80));
        Assert.Equal(first.Selector, world.Only(KeyState.Active).Selector);
        string standby = world.Only(KeyState.Standby).Selector;

        await world.PassAsync(TimeSpan.FromDays(15));                      // 90 days, give or take 5 %
        Assert.Equal(standby, world.Only(KeyState.Active).Selector);
        Assert.Equal(first.Selector, world.Only(KeyState.Retiring).Selector);
        Assert.Equal(first.Record, world.Dns.Show(KeyWorld.Name(first), 0));

        await world.PassAsync(TimeSpan.FromDays(14));
        Assert.Equal(KeyState.Revoked, world.Ring.Find(first.Selector)!.State);
        Assert.Equal("v=DKIM1; k=ed25519; p=", world.Dns.Show(KeyWorld.Name(first), 0));
        Assert.Null(world.Vault.TryOpen(KeyWorld.Domain, first.Selector, out _));

        await world.PassAsync(TimeSpan.FromDays(30));
        Assert.Equal(KeyState.Removed, world.Ring.Find(first.Selector)!.State);
        Assert.Null(world.Dns.Show(KeyWorld.Name(first), 0));
        Assert.Equal(
            [KeyState.Generated, KeyState.Published, KeyState.Standby, KeyState.Active, KeyState.Retiring, KeyState.Revoked, KeyState.Removed],
            world.Ring.Find(first.Selector)!.History.Select(h => h.State));
    }

    [Fact]
    public async Task The_record_of_a_key_that_comes_or_goes_has_a_short_TTL()
    {
        using var world = new KeyWorld();
        await world.PassAsync(TimeSpan.FromMinutes(20));
        KeyEntry first = world.Only(KeyState.Active);
        Assert.Equal((TimeSpan.FromHours(1), TimeSpan.FromMinutes(5)), (Ttl(first), Ttl(world.Only(KeyState.Standby))));
        await world.PassAsync(TimeSpan.FromDays(95));
        Assert.Equal((KeyState.Retiring, TimeSpan.FromMinutes(5)), (world.Ring.Find(first.Selector)!.State, Ttl(first)));
        Assert.Equal(TimeSpan.FromHours(1), Ttl(world.Only(KeyState.Active)));
        await world.PassAsync(TimeSpan.FromDays(14));
        Assert.Equal((KeyState.Revoked, TimeSpan.FromMinutes(5)), (world.Ring.Find(first.Selector)!.State, Ttl(first)));

        TimeSpan Ttl(KeyEntry key) => world.Dns.Ttls[KeyWorld.Name(key)];
    }

    [Fact]
    public async Task The_keys_of_a_domain_that_is_no_longer_ours_rest_and_are_then_withdrawn()
    {
        using var world = new KeyWorld(new KeysOptions());
        await world.PassAsync(TimeSpan.FromHours(1));
        KeyEntry[] signed = [.. world.Ring.Active];
        world.Keeper.Belongs(false);
        await world.PassAsync(TimeSpan.FromHours(23));
        Assert.Equal((2, 2), (world.Count(KeyState.Active), world.Count(KeyState.Standby)));

        await world.PassAsync(TimeSpan.FromDays(13));
        Assert.All(signed, k => Assert.Equal(k.Record, world.Dns.Show(KeyWorld.Name(k), 0)));        // its mail still travels
        Assert.Equal((0, 0, 2, 2), (world.Count(KeyState.Active), world.Count(KeyState.Standby), world.Count(KeyState.Retiring), world.Count(KeyState.Revoked)));
        await world.PassAsync(TimeSpan.FromDays(2));
        Assert.All(signed, k => Assert.EndsWith("p=", world.Dns.Show(KeyWorld.Name(k), 0), StringComparison.Ordinal));
        Assert.All(signed, k => Assert.Null(world.Vault.TryOpen(KeyWorld.Domain, k.Selector, out _)));
        await world.PassAsync(TimeSpan.FromDays(30));
        Assert.True(world.Ring.IsOver);
        Assert.Empty(world.Dns.Names);

        world.Keeper.Belongs(true);
        await world.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal((2, 2), (world.Count(KeyState.Active), world.Count(KeyState.Standby)));
        Assert.Equal(8, world.Ring.Keys.DistinctBy(k => k.Selector).Count());
    }

    [Fact]
    public async Task A_domain_that_comes_back_soon_has_lost_nothing()
    {
        using var world = new KeyWorld();
        await world.PassAsync(TimeSpan.FromHours(1));
        string active = world.Only(KeyState.Active).Selector;
        world.Keeper.Belongs(false);
        await world.PassAsync(TimeSpan.FromHours(20));
        world.Restart();
        world.Keeper.Belongs(true);
        await world.PassAsync(TimeSpan.FromDays(2));
        Assert.Equal(active, world.Only(KeyState.Active).Selector);
    }

    [Fact]
    public async Task A_lost_zone_that_refuses_us_for_ever_is_let_go()
    {
        using var world = new KeyWorld();
        await world.PassAsync(TimeSpan.FromHours(1));
        string active = world.Only(KeyState.Active).Selector;
        world.Keeper.Belongs(false);
        world.Dns.Fault = "The server refuses.";
        await world.PassAsync(TimeSpan.FromDays(50));
        Assert.True(world.Ring.IsOver);
        Assert.Null(world.Vault.TryOpen(KeyWorld.Domain, active, out _));
        Assert.Equal(DateTimeOffset.MaxValue, world.Keeper.NextAt);
    }

    [Fact]
    public async Task No_key_signs_before_every_server_shows_it_and_the_laggard_is_named()
    {
        using var world = new KeyWorld(null, TimeSpan.FromHours(3));
        await world.RunAsync();
        Assert.Equal(0, world.Count(KeyState.Active));
        Assert.Equal("ns1 does not show the record yet.", world.Only(KeyState.Published).Trouble);
        await world.PassAsync(TimeSpan.FromHours(2.9));
        Assert.Equal(0, world.Count(KeyState.Active));
        await world.PassAsync(TimeSpan.FromHours(0.3));
        Assert.Equal(1, world.Count(KeyState.Active));
        Assert.True(world.Only(KeyState.Active).Evidence!.Agreed);
    }

    [Fact]
    public async Task A_second_key_waits_until_no_resolver_can_remember_its_absence()
    {
        using var world = new KeyWorld();
        world.Dns.NegativeTtl = TimeSpan.FromHours(2);
        await world.RunAsync();
        Assert.Equal((1, 1), (world.Count(KeyState.Active), world.Count(KeyState.Published)));
        await world.PassAsync(TimeSpan.FromHours(1.9));
        Assert.Equal(0, world.Count(KeyState.Standby));
        await world.PassAsync(TimeSpan.FromHours(0.2));
        Assert.Equal(1, world.Count(KeyState.Standby));
    }

    [Fact]
    public async Task A_record_that_vanished_is_put_back_and_the_standby_key_signs_meanwhile()
    {
        using var world = new KeyWorld();
        await world.PassAsync(TimeSpan.FromHours(1));
        KeyEntry active = world.Only(KeyState.Active);
        KeyEntry standby = world.Only(KeyState.Standby);
        world.Dns.Enter(KeyWorld.Name(active), null);
        await world.PassAsync(TimeSpan.FromHours(1.1));
        Assert.Equal(standby.Selector, world.Only(KeyState.Active).Selector);
        Assert.Equal(active.Record, world.Dns.Show(KeyWorld.Name(active), 0));   // mail that it signed is on its way
    }

    [Fact]
    public async Task A_record_that_someone_changed_is_left_to_them_and_reported()
    {
        using var world = new KeyWorld();
        await world.PassAsync(TimeSpan.FromHours(1));
        KeyEntry active = world.Only(KeyState.Active);
        world.Dns.Enter(KeyWorld.Name(active), "v=DKIM1; p=theirs");
        await world.PassAsync(TimeSpan.FromHours(1.1));
        Assert.NotEqual(active.Selector, world.Only(KeyState.Active).Selector);
        KeyEntry old = world.Ring.Find(active.Selector)!;
        Assert.Equal((KeyState.Retiring, KeyFault.Changed), (old.State, old.Fault));
        Assert.Contains("theirs", old.Trouble, StringComparison.Ordinal);
        await world.PassAsync(TimeSpan.FromDays(60));
        Assert.Equal("v=DKIM1; p=theirs", world.Dns.Show(KeyWorld.Name(active), 0));
    }

    [Fact]
    public async Task A_fault_without_a_standby_key_leaves_nothing_to_sign_with_until_it_is_mended()
    {
        using var world = new KeyWorld(null, TimeSpan.FromDays(3));
        await world.PassAsync(TimeSpan.FromDays(3.1));
        KeyEntry active = world.Only(KeyState.Active);
        Assert.Equal(0, world.Count(KeyState.Standby));
        world.Dns.Enter(KeyWorld.Name(active), "v=DKIM1; p=theirs");
        await world.PassAsync(TimeSpan.FromHours(1.1));
        Assert.Equal(KeyFault.Changed, world.Only(KeyState.Active).Fault);
        world.Dns.Enter(KeyWorld.Name(active), active.Record);
        await world.PassAsync(TimeSpan.FromDays(3.1));
        Assert.Equal(KeyFault.None, world.Only(KeyState.Active).Fault);
    }

    [Fact]
    public async Task Servers_that_cannot_be_asked_prove_nothing()
    {
        using var world = new KeyWorld(null, TimeSpan.Zero);
        await world.PassAsync(TimeSpan.FromHours(1));
        string active = world.Only(KeyState.Active).Selector;
        world.Dns.Down.Add(1);
        await world.PassAsync(TimeSpan.FromHours(5));
        Assert.Equal((active, KeyFault.None), (world.Only(KeyState.Active).Selector, world.Only(KeyState.Active).Fault));
        Assert.Contains("ns1 cannot be asked", world.Only(KeyState.Active).Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rotation_waits_as_long_as_a_server_cannot_be_asked()
    {
        using var world = new KeyWorld(null, TimeSpan.Zero);
        await world.PassAsync(TimeSpan.FromHours(1));
        string active = world.Only(KeyState.Active).Selector;
        world.Dns.Down.Add(1);
        await world.PassAsync(TimeSpan.FromDays(100));
        Assert.Equal(active, world.Only(KeyState.Active).Selector);
        world.Dns.Down.Clear();
        await world.PassAsync(TimeSpan.FromHours(1));
        Assert.NotEqual(active, world.Only(KeyState.Active).Selector);
    }

    [Fact]
    public async Task Without_an_update_key_the_record_waits_for_a_person_and_life_goes_on_when_it_is_seen()
    {
        using var world = new KeyWorld();
        world.Dns.Manual = "No key for updates is configured.";
        await world.PassAsync(TimeSpan.FromHours(1));
        KeyEntry waiting = world.Only(KeyState.Published);
        Assert.True(waiting.Manual);
        Assert.Equal("No key for updates is configured.", waiting.Trouble);
        world.Dns.Enter(KeyWorld.Name(waiting), waiting.Record);
        await world.PassAsync(TimeSpan.FromMinutes(6));
        Assert.Equal(waiting.Selector, world.Only(KeyState.Active).Selector);

        KeyEntry second = world.Only(KeyState.Published);
        world.Dns.Enter(KeyWorld.Name(second), second.Record);
        await world.PassAsync(TimeSpan.FromDays(120));
        KeyEntry old = world.Ring.Find(waiting.Selector)!;
        Assert.Equal(KeyState.Retiring, old.State);
        Assert.Contains("Replace its record by: v=DKIM1; k=ed25519; p=", old.Trouble, StringComparison.Ordinal);
        world.Dns.Enter(KeyWorld.Name(old), null);                         // deleted at once: as good
        await world.PassAsync(TimeSpan.FromDays(31));
        Assert.Equal(KeyState.Removed, world.Ring.Find(waiting.Selector)!.State);
    }

    [Fact]
    public async Task A_foreign_record_in_the_way_is_left_alone()
    {
        using var world = new KeyWorld(new KeysOptions { Algorithms = ["ed25519"], SelectorPattern = "fixed" });
        world.Dns.Enter(KeyWorld.Domain.Below("fixed._domainkey"), "v=DKIM1; p=theirs");
        await world.PassAsync(TimeSpan.FromHours(2));
        Assert.Equal("Someone else's record is there.", world.Only(KeyState.Generated).Trouble);
        Assert.Equal("v=DKIM1; p=theirs", world.Dns.Show(KeyWorld.Domain.Below("fixed._domainkey"), 0));
    }

    [Fact]
    public async Task An_algorithm_that_is_no_longer_configured_retires()
    {
        using var world = new KeyWorld(new KeysOptions { Algorithms = ["ed25519", "rsa-2048"] });
        await world.RunAsync();
        world.Options.Algorithms = ["ed25519"];
        world.Restart();
        await world.RunAsync();
        Assert.Equal("rsa-2048", Assert.Single(world.Ring.Keys, k => k.State == KeyState.Retiring).Algorithm);
    }

    [Fact]
    public async Task A_wall_clock_that_jumps_retires_nothing()
    {
        using var world = new KeyWorld();
        await world.PassAsync(TimeSpan.FromHours(1));
        string active = world.Only(KeyState.Active).Selector;
        foreach (int year in new[] { 2090, 1970, 2027 })
        {
            world.Time.JumpTo(new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero));
            await world.RunAsync();
            world.Restart();
            await world.RunAsync();
            Assert.Equal(active, world.Only(KeyState.Active).Selector);
        }
    }

    [Theory]
    [InlineData("%d", "^1767225600$")]
    [InlineData("%t%a%r", "^20260101e[a-z2-9]{4}$")]
    [InlineData("mail-%d", "^mail-1767225600$")]
    public async Task Selectors_follow_the_pattern(string pattern, string expected)
    {
        using var world = new KeyWorld(new KeysOptions { Algorithms = ["ed25519"], SelectorPattern = pattern });
        await world.RunAsync();
        Assert.Matches(expected, world.Ring.Keys[0].Selector);
        Assert.NotEqual(world.Ring.Keys[0].Selector, world.Ring.Keys[1].Selector);
    }
}
