using System.Collections.Concurrent;
using System.Globalization;
using Ptt.Tests.Support;
using Xunit.Abstractions;

namespace Ptt.Tests.EndToEnd;

/// <summary>
/// Law 1: what got its 250 is delivered, whatever kills the process. Senders never pause; the process is killed (SIGKILL) at random moments and started
/// again. PTT_KILLS sets how often in the long run (50), PTT_SEED the moments, PTT_PROGRAM another build of Ptt.Web.
/// </summary>
[Collection(EndToEndCollection.Name)]
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Senders = 8;

    [Fact]
    public Task Nothing_accepted_is_lost_when_the_process_is_killed_under_load() => KillAsync(4);

    [Fact, Trait("Run", "Long")]
    public Task Not_at_many_moments_either() => KillAsync(Number("PTT_KILLS", 25));

    private async Task KillAsync(int kills)
    {
        int seed = Number("PTT_SEED", Environment.TickCount & 0xffff);
        var random = new Random(seed);
        int port = Ports.Free();
        await using var sink = new MailSink();
        await using PttProcess ptt = await PttProcess.StartAsync("Production", null, RelayOnly(port, sink.Port));

        var accepted = new ConcurrentBag<int>();
        int sent = 0, doubtful = 0;
        using var stop = new CancellationTokenSource();
        Task[] senders = [.. Enumerable.Range(0, Senders).Select(_ => Task.Run(async () =>
        {
            await using var sender = new PlainSender(port);
            while (!stop.IsCancellationRequested)
            {
                int id = Interlocked.Increment(ref sent);
                string? reply = await sender.SendAsync(id, id % 50 == 0 ? 200_000 : 2_000, CancellationToken.None);   // some large enough for a file of their own
                if (reply?.StartsWith("250", StringComparison.Ordinal) == true)
                {
                    accepted.Add(id);
                }
                else if (reply is null)
                {
                    Interlocked.Increment(ref doubtful);
                    await Task.Delay(20);   // until it listens again
                }
            }
        }))];

        for (int kill = 1; kill <= kills; kill++)
        {
            await Task.Delay(random.Next(20, 700));
            await ptt.KillAsync();
            sink.Phase = kill;
            await ptt.StartAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll(senders);
        await sink.WaitForAsync(accepted, 120, () => ptt.Output);
        (int code, _) = await ptt.StopAsync();

        int[] copies = [.. sink.Arrivals.GroupBy(a => a.Id).Where(g => g.Count() > 1).Select(g => g.Count() - 1)];
        output.WriteLine($"seed {seed}: {kills} kills, {accepted.Count} accepted, 0 lost, {copies.Sum()} copies ({(double)copies.Sum() / kills:0.0} a kill), {doubtful} without an answer");
        Assert.True(accepted.Count > kills, "There was no load.");
        Assert.Equal(0, code);
        // A copy is explained by a kill between the delivery and its record: it comes from another life of the process.
        Assert.All(sink.Arrivals.GroupBy(a => a.Id), g => Assert.Equal(g.Count(), g.Select(a => a.Phase).Distinct().Count()));
    }

    [Fact]
    public async Task On_SIGTERM_under_load_nothing_is_lost_and_nothing_comes_twice()
    {
        int port = Ports.Free();
        await using var sink = new MailSink();
        await using PttProcess ptt = await PttProcess.StartAsync("Production", null, RelayOnly(port, sink.Port));
        var accepted = new ConcurrentBag<int>();
        int sent = 0;
        using var stop = new CancellationTokenSource();
        Task[] senders = [.. Enumerable.Range(0, Senders).Select(_ => Task.Run(async () =>
        {
            await using var sender = new PlainSender(port);
            while (!stop.IsCancellationRequested)
            {
                int id = Interlocked.Increment(ref sent);
                if ((await sender.SendAsync(id, 2_000, CancellationToken.None))?.StartsWith("250", StringComparison.Ordinal) == true)
                {
                    accepted.Add(id);
                }
                else
                {
                    await Task.Delay(20);
                }
            }
        }))];

        for (int i = 0; i < 3; i++)
        {
            await Task.Delay(700);
            (int code, TimeSpan took) = await ptt.StopAsync();
            Assert.Equal(0, code);
            Assert.True(took < TimeSpan.FromSeconds(25), $"{took}");
            await ptt.StartAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll(senders);
        await sink.WaitForAsync(accepted, 180, () => ptt.Output);
        output.WriteLine($"{accepted.Count} accepted, {sink.Arrivals.Count} arrived");
        Assert.Equal(sink.Arrivals.Count, sink.Arrivals.Select(a => a.Id).Distinct().Count());
    }

    internal static string[] RelayOnly(int port, int sinkPort) =>
    [
        "Ptt:Roles:0=Relay", "Ptt:Listeners:0:Role=Relay", $"Ptt:Listeners:0:EndPoint=127.0.0.1:{port}", "Ptt:Listeners:0:Tls=None",
        "Ptt:Listeners:1:Role=Relay", $"Ptt:Listeners:1:EndPoint=127.0.0.1:{Ports.Free()}", "Ptt:Listeners:1:Tls=None",
        $"Ptt:Relay:Routes:*=127.0.0.1:{sinkPort}", "Ptt:Relay:AllowPrivateAddresses=true", "Ptt:Relay:RetrySchedule:0=00:00:01",
        "Logging:LogLevel:Default=Warning",
    ];

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : otherwise;
}
