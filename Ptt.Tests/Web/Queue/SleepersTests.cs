using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Tests.Web.Queue;

public sealed class SleepersTests
{
    /// <summary>Against a dictionary and a search, over thousands of steps that a seed chooses.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Lanes_are_found_by_name_and_by_time_like_in_a_plain_list(int seed)
    {
        var dice = new Random(seed);
        Sender[] senders = [.. Enumerable.Range(0, 20).Select(i => new Sender("s" + i))];
        var sleepers = new Sleepers();
        var plain = new Dictionary<(Sender, Destination, bool), long>();
        for (int step = 0; step < 20_000; step++)
        {
            (Sender, Destination, bool) name = (senders[dice.Next(20)], new Destination($"d{dice.Next(30)}.test"), dice.Next(2) == 0);
            long time = dice.Next(100_000) + step;
            switch (dice.Next(step % 2000 < 1000 ? 4 : 8))   // it fills and it empties
            {
                case 0 or 1 or 2:
                    sleepers.Sleep(name.Item1, name.Item2, name.Item3, time);
                    plain[name] = Math.Min(time, plain.GetValueOrDefault(name, long.MaxValue));
                    break;
                case 3:
                    Assert.Equal(plain.Remove(name, out long due), sleepers.TryTake(name.Item1, name.Item2, name.Item3, out long found));
                    Assert.Equal(due == 0 ? Lane.Never : due, found);
                    break;
                case 4 when dice.Next(50) == 0:
                    sleepers.Shift(1000);
                    plain = plain.ToDictionary(p => p.Key, p => p.Value + 1000);
                    break;
                default:
                    bool woke = sleepers.TryWake(time, out Sender? sender, out Destination destination, out bool retry, out long at);
                    Assert.Equal(plain.Count > 0 && plain.Values.Min() <= time, woke);
                    if (woke)
                    {
                        Assert.Equal(plain.Values.Min(), at);
                        Assert.True(plain.Remove((sender!, destination, retry), out long was));
                        Assert.Equal(was, at);
                    }

                    break;
            }

            Assert.Equal(plain.Count, sleepers.Count);
            Assert.Equal(plain.Count == 0 ? Lane.Never : plain.Values.Min(), sleepers.Earliest);
        }

        Assert.All(senders, s => Assert.Equal(plain.Keys.Count(k => k.Item1 == s), s.Asleep));
    }
}
