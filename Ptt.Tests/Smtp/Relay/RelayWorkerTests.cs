using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Relay;

public sealed class RelayWorkerTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static async Task UntilAsync(Func<bool> done)
    {
        for (int i = 0; i < 3000 && !done(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(done(), "It did not come to that.");
    }

    [Fact]
    public async Task What_is_spooled_is_delivered()
    {
        await using var server = new ScriptedServer();
        await using var relay = new RelayHarness(new StaticResolver("one.test A 127.0.0.1", "two.test A 127.0.0.1"), server.EndPoint.Port);
        var spool = new MemorySpool(relay.Time);
        using RelayWorker worker = relay.Worker(spool);
        await worker.StartAsync(None);
        for (int i = 0; i < 200; i++)
        {
            await spool.AddAsync(Mails.Envelope($"a{i}@one.test b{i}@two.test"), Mails.Content($"m{i}"), None);
        }

        await UntilAsync(() => spool.Count == 0);
        await worker.StopAsync(None);
        Assert.Equal(400, server.Mails.Count);
        Assert.InRange(server.Connections, 1, 40);
        Assert.Equal(200, server.Mails.Select(m => m.Text.Split("\r\n")[1]).Distinct().Count());
    }

    [Fact]
    public async Task A_failure_becomes_a_report_that_is_delivered_to_the_sender()
    {
        await using var server = new ScriptedServer { On = c => c.StartsWith("RCPT TO:<no", StringComparison.Ordinal) ? "550 5.1.1 No such user" : null };
        await using var relay = new RelayHarness(new StaticResolver("one.test A 127.0.0.1", "example.test A 127.0.0.1"), server.EndPoint.Port);
        var spool = new MemorySpool(relay.Time);
        using RelayWorker worker = relay.Worker(spool);
        await worker.StartAsync(None);
        await spool.AddAsync(Mails.Envelope("no@one.test"), Mails.Content(), None);

        await UntilAsync(() => server.Mails.Count == 1 && spool.Count == 0);
        await worker.StopAsync(None);
        ScriptedServer.ReceivedMail report = Assert.Single(server.Mails);
        Assert.Equal(("MAIL FROM:<>", "RCPT TO:<ada@example.test> NOTIFY=NEVER"), (report.MailFrom.Split(' ') is [var m, var f, ..] ? $"{m} {f}" : "", report.RcptTo[0]));
        Assert.Contains("No such user", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deferred_message_is_delivered_when_its_time_has_come()
    {
        var time = new ManualTime();
        bool ready = false;
        await using var server = new ScriptedServer();
        server.On = c => !ready && c.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.7.1 Greylisted" : null;
        await using var relay = new RelayHarness(new StaticResolver("one.test A 127.0.0.1"), server.EndPoint.Port, time: time);
        var spool = new MemorySpool(time);
        using RelayWorker worker = relay.Worker(spool);
        await worker.StartAsync(None);
        await spool.AddAsync(Mails.Envelope("a@one.test"), Mails.Content(), None);
        await UntilAsync(() => spool.Settlements.Count == 1);
        ready = true;
        await UntilAsync(() =>
        {
            // Only until it is on its way: a clock that runs on would time out what a busy machine does slowly.
            if (server.Connections == 1 && server.Commands.Count(c => c.StartsWith("MAIL", StringComparison.Ordinal)) == 1)
            {
                time.Advance(TimeSpan.FromSeconds(1));
            }

            return spool.Count == 0;
        });
        await worker.StopAsync(None);
        Assert.Single(server.Mails);
    }

    [Fact]
    public async Task What_only_our_own_limit_keeps_back_is_told_of_and_given_up_in_its_time()
    {
        var time = new ManualTime();
        await using var server = new ScriptedServer();
        await using var relay = new RelayHarness(new StaticResolver("one.test A 127.0.0.1", "example.test A 127.0.0.1"), server.EndPoint.Port,
            o => (o.Rates["one.test"], o.DelayNoticeAfter, o.GiveUpAfter) = ("1/30.00:00:00", TimeSpan.FromHours(4), TimeSpan.FromDays(5)), time);
        var spool = new MemorySpool(time);
        using RelayWorker worker = relay.Worker(spool);
        await worker.StartAsync(None);
        await spool.AddAsync(Mails.Envelope("first@one.test"), Mails.Content(), None);
        await UntilAsync(() => server.Mails.Count == 1 && spool.Count == 0);
        await spool.AddAsync(Mails.Envelope("second@one.test"), Mails.Content(), None);

        await UntilAsync(() =>
        {
            if (spool.Count == 1 && !spool.Settlements.Any(s => s.Outcomes[0] is RecipientOutcome.Failed))   // no report is on its way: no busy machine is timed out
            {
                time.Advance(TimeSpan.FromHours(1));
            }

            return spool.Count == 0 && server.Mails.Count == 3;
        });

        await worker.StopAsync(None);
        Assert.DoesNotContain(server.Commands, c => c.StartsWith("RCPT TO:<second@", StringComparison.Ordinal));
        string[] texts = [.. server.Mails.Select(m => m.Text)];
        Assert.Contains("Action: delayed", texts[1], StringComparison.Ordinal);
        Assert.Contains("Action: failed", texts[2], StringComparison.Ordinal);
        Assert.Contains("Our own limit", texts[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_destination_that_hangs_holds_up_no_other()
    {
        await using var server = new ScriptedServer { On = c => c.StartsWith("RCPT TO:<x@slow", StringComparison.Ordinal) ? "!hang" : null };
        await using var relay = new RelayHarness(new StaticResolver("slow.test A 127.0.0.1", "one.test A 127.0.0.1"), server.EndPoint.Port, o => o.StopWithin = TimeSpan.FromMilliseconds(1));
        var spool = new MemorySpool(relay.Time);
        for (int i = 0; i < 500; i++)
        {
            await spool.AddAsync(Mails.Envelope("x@slow.test"), Mails.Content(), None);
        }

        using RelayWorker worker = relay.Worker(spool);
        await worker.StartAsync(None);
        for (int i = 0; i < 100; i++)
        {
            await spool.AddAsync(Mails.Envelope("a@one.test"), Mails.Content(), None);
        }

        await UntilAsync(() => server.Mails.Count == 100);
        await worker.StopAsync(None);
        Assert.All(spool.Settlements.Where(s => s.Delivery.Destination.Name == "slow.test").SelectMany(s => s.Outcomes), o => Assert.IsType<RecipientOutcome.Deferred>(o));
    }

    [Fact]
    public async Task A_stop_ends_what_is_on_the_wire_and_gives_back_the_rest()
    {
        var reached = new SemaphoreSlim(0);
        var go = new ManualResetEventSlim();
        await using var server = new ScriptedServer { Extensions = ["PIPELINING"] };
        server.On = c =>
        {
            if (c == ".")
            {
                reached.Release();
                go.Wait();
            }

            return null;
        };
        await using var relay = new RelayHarness(new StaticResolver("one.test A 127.0.0.1"), server.EndPoint.Port, o => o.MaxConnectionsPerDestination = 2);
        var spool = new MemorySpool(relay.Time);
        using RelayWorker worker = relay.Worker(spool);
        for (int i = 0; i < 4; i++)
        {
            await spool.AddAsync(Mails.Envelope("a@one.test"), Mails.Content(), None);
        }

        await worker.StartAsync(None);
        await reached.WaitAsync();
        await reached.WaitAsync();
        Task stop = worker.StopAsync(None);
        await Task.Delay(50);
        go.Set();
        await stop;

        Assert.Equal(2, spool.Settlements.Count(s => s.Outcomes[0] is RecipientOutcome.Delivered));
        Assert.Equal(2, spool.Count);
        Assert.Equal(2, (await spool.LeaseAsync(new LeaseRequest(10, _ => 10), None)).Count(d => d.Attempt == 1));
        Assert.Equal(2, server.Mails.Count);
    }
}
