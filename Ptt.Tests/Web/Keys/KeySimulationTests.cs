using Ptt.Dns;
using Ptt.Web.Keys;
using Ptt.Web.Keys.Rings;

namespace Ptt.Tests.Web.Keys;

/// <summary>Ten years of a domain whose machine crashes, whose DNS fails and lags, and whose clock jumps. Seeded.</summary>
public sealed class KeySimulationTests
{
    private static readonly TimeSpan MailTravels = TimeSpan.FromDays(10);   // five days in our queue, as long again elsewhere

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task Through_ten_years_every_signature_verifies_as_long_as_its_mail_travels(int seed) => LiveAsync(seed);

    [Theory, Trait("Run", "Long")]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public Task Through_ten_years_more_every_signature_verifies(int seed) => LiveAsync(seed);

    private static async Task LiveAsync(int seed)
    {
        var random = new Random(seed);
        using var world = new KeyWorld(
            new KeysOptions { Algorithms = ["ed25519"], CheckEvery = TimeSpan.FromHours(12) }, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30));
        int crashes = 0;
        void MayCrash(string when)
        {
            if (random.Next(60) == 0)
            {
                crashes++;
                throw new Crash();
            }
        }

        world.Dns.Crash = MayCrash;
        world.CrashOnSave = MayCrash;
        var letters = new Queue<(TimeSpan At, DomainName Name, string Record)>();
        var selectors = new HashSet<string>();
        int signed = 0;
        int failed = 0;
        int lagged = 0;
        int jumps = 0;
        TimeSpan end = TimeSpan.FromDays(3652);
        while (Elapsed(world) < end)
        {
            Weather(world, random);
            try
            {
                await world.RunAsync();
            }
            catch (Crash)
            {
                world.Restart();
            }

            if (random.Next(200) == 0)
            {
                jumps++;
                world.Time.JumpTo(world.Time.GetUtcNow() + TimeSpan.FromDays(random.Next(-400, 400)));
            }

            // A letter is signed with what stands in the ring, and every server shows what it is signed with.
            if (world.Keeper.Ring.Active.FirstOrDefault(k => k.Fault == KeyFault.None) is { } active)
            {
                signed++;
                Assert.Single(world.Keeper.Ring.Active);
                Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(active.Record, world.Dns.Show(KeyWorld.Name(active), i)));
                Assert.NotNull(world.Vault.TryOpen(KeyWorld.Domain, active.Selector, out _));
                letters.Enqueue((Elapsed(world), KeyWorld.Name(active), active.Record!));
            }
            else
            {
                Assert.Equal(0, signed);                                           // from the first key on there is always one that signs
            }

            failed += world.Dns.Fault is null ? 0 : 1;
            lagged += world.Keeper.Ring.Keys.Count(k => k.State == KeyState.Published && k.Trouble?.StartsWith("ns", StringComparison.Ordinal) == true);

            while (letters.TryPeek(out var oldest) && oldest.At < Elapsed(world) - MailTravels)
            {
                letters.Dequeue();
            }

            foreach ((TimeSpan _, DomainName name, string record) in letters.DistinctBy(l => l.Name))
            {
                Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(record, world.Dns.Show(name, i)));
            }

            selectors.UnionWith(world.Keeper.Ring.Keys.Select(k => k.Selector));
            Assert.Equal(world.Keeper.Ring.Keys.Count, selectors.Count);           // none was forgotten, none came twice
            TimeSpan wait = world.Keeper.NextAt - world.Time.GetUtcNow();
            world.Time.Advance(TimeSpan.FromMinutes(Math.Clamp(wait.TotalMinutes, 1, 60 * random.Next(1, 12))));
        }

        int turns = world.Keeper.Ring.Keys.Count(k => k.State is KeyState.Removed);
        Assert.True(crashes > 100 && failed > 100 && lagged > 100 && jumps > 10, $"{crashes} crashes, {failed} failures, {lagged} times behind, {jumps} jumps");
        Assert.InRange(turns, 25, 45);                                             // about four a year, delayed by bad weather
        Assert.InRange(world.Dns.Names.Count(), 2, 4);                             // nothing is left behind in the zone
    }

    private static TimeSpan Elapsed(KeyWorld world) => world.Time.GetElapsedTime(0);

    private static void Weather(KeyWorld world, Random random)
    {
        world.Dns.Fault = random.Next(12) == 0 ? "the primary does not answer" : null;
        world.Dns.Down.Clear();
        if (random.Next(15) == 0)
        {
            world.Dns.Down.Add(random.Next(1, 3));
        }

        // A secondary that hangs shows old data; it never goes back behind what it has shown.
        world.Dns.NegativeTtl = TimeSpan.FromMinutes(random.Next(1, 120));
    }

    private sealed class Crash : Exception;
}
