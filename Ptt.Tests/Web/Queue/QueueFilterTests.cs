using Ptt.Web.Queue;

namespace Ptt.Tests.Web.Queue;

public sealed class QueueFilterTests
{
    [Fact]
    public void A_filter_says_in_words_what_it_looks_for()
    {
        Assert.Equal("everything", new QueueFilter { OldestFirst = true, Text = "" }.InWords());
        Assert.Equal(
            "destination=seven.test, state=held, since=2026-11-23T01:02:03.0000000+00:00, minSize=1000",
            new QueueFilter { Destination = "seven.test", State = "held", MinSize = 1000, Since = new DateTimeOffset(2026, 11, 23, 1, 2, 3, TimeSpan.Zero) }.InWords());
    }
}
