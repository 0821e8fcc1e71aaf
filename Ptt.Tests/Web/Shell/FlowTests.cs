using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Tests.Support;
using Ptt.Web.Configuration;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Tracing;
using Ptt.Web.Shell.Flow;

namespace Ptt.Tests.Web.Shell;

public sealed class FlowTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task The_numbers_of_the_overview_outlive_a_restart()
    {
        var time = new ManualTime();
        await using ApiHost host = await ApiHost.StartAsync(time: time);
        DataDirectory data = host.Services.GetRequiredService<DataDirectory>();
        using (var traffic = new Traffic(time))
        {
            var busiest = new Busiest(traffic);
            using FlowKeeper keeper = Keeper(traffic, busiest);
            await keeper.StartAsync(CancellationToken.None);
            traffic.Add("delivered", traffic.Now, 5);
            traffic.Latency.Add(traffic.Now, Latencies.SpanOf(0.25), 99);
            traffic.Latency.Add(traffic.Now, Latencies.SpanOf(40), 3);
            busiest.Hear([Told("accepted", "queued", null), Told("settled", "deferred", "451 4.7.1 greylisted"), Told("settled", "delivered", "250 ok")]);
            await keeper.StopAsync(CancellationToken.None);
        }

        time.Advance(TimeSpan.FromMinutes(30));
        using var again = new Traffic(time);
        var busy = new Busiest(again);
        using FlowKeeper second = Keeper(again, busy);
        await second.StartAsync(CancellationToken.None);
        Assert.Equal(5, again.Sum("delivered", Hour));
        Assert.Equal(0, again.Sum("delivered", TimeSpan.FromMinutes(20)));
        Assert.InRange(again.Percentile(0.5, Hour)!.Value.TotalSeconds, 0.25, 0.36);
        Assert.InRange(again.Percentile(0.99, Hour)!.Value.TotalSeconds, 40, 58);
        Assert.Equal([new Busy("ada@example.org", 1)], busy.Top(Busiest.Sender, 2, 5));
        Assert.Equal([new Busy("one.test", 2)], busy.Top(Busiest.Destination, 2, 5));
        Assert.Equal("The other side puts off what comes from a sender it does not know; a later try is taken (greylisting).", Assert.Single(busy.Top(Busiest.Cause, 2, 5)).Name);
        await second.StopAsync(CancellationToken.None);

        FlowKeeper Keeper(Traffic traffic, Busiest busiest) => new(traffic, busiest, data, time, NullLogger<FlowKeeper>.Instance);
        ToldStory Told(string what, string state, string? reply) => new(1, new Story
        {
            Id = Guid.NewGuid(), At = time.GetUtcNow().ToUnixTimeMilliseconds(), What = what, Sender = "ada@example.org", Login = "ada@example.org",
            Destination = what == "settled" ? "one.test" : null, Recipients = [new StoryRecipient(0, "bob@one.test", state, reply)],
        }, Encoding.UTF8.GetBytes("{}"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_cannot_be_used_stops_nothing(bool atTheStart)
    {
        using var directory = new TemporaryDirectory();
        var data = new DataDirectory(directory.Path);
        var time = new ManualTime();
        using var traffic = new Traffic(time);
        using var keeper = new FlowKeeper(traffic, new Busiest(traffic), data, time, NullLogger<FlowKeeper>.Instance);
        if (atTheStart)
        {
            await File.WriteAllTextAsync(data.File(FlowKeeper.FileName), new string('x', 8192));
        }

        await keeper.StartAsync(CancellationToken.None);
        if (!atTheStart)
        {
            using var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={data.File(FlowKeeper.FileName)};Pooling=false");
            other.Open();
            using Microsoft.Data.Sqlite.SqliteCommand drop = other.CreateCommand();
            drop.CommandText = "DROP TABLE busy";
            drop.ExecuteNonQuery();
        }

        traffic.Add("delivered", traffic.Now, 5);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => keeper.StopAsync(CancellationToken.None))));
    }

    [Fact]
    public async Task Two_stops_at_once_write_one_after_the_other()
    {
        using var directory = new TemporaryDirectory();
        var time = new ManualTime();
        var faults = new Faults();
        using var traffic = new Traffic(time);
        using var keeper = new FlowKeeper(traffic, new Busiest(traffic), new DataDirectory(directory.Path), time, faults);
        await keeper.StartAsync(CancellationToken.None);
        foreach (string kind in Traffic.Kinds)
        {
            traffic.Add(kind, traffic.Now, 5);
        }

        Thread[] stops = [.. Enumerable.Range(0, 8).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                keeper.StopAsync(CancellationToken.None).GetAwaiter().GetResult();
            }
        }))];
        Array.ForEach(stops, s => s.Start());
        Array.ForEach(stops, s => s.Join());
        Assert.Empty(faults.Told);
    }

    private sealed class Faults : ILogger<FlowKeeper>
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Told { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Told.Enqueue(formatter(state, exception) + exception);
    }

    [Fact]
    public void The_rooms_counters_are_heard()
    {
        using var traffic = new Traffic(new ManualTime());
        using var meter = new Meter("Ptt.Tests.Flow");
        meter.CreateCounter<long>("ptt.relay.recipients").Add(3, new KeyValuePair<string, object?>("outcome", "expired"));
        meter.CreateCounter<long>("ptt.submission.accepted").Add(2);
        meter.CreateHistogram<double>("ptt.relay.latency").Record(0.1);
        Assert.Equal(3, traffic.Sum("failed", Hour));
        Assert.Equal(2, traffic.Sum("accepted", Hour));
        Assert.NotNull(traffic.Percentile(0.5, Hour));
    }
}
