using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;
using Ptt.Web.Queue.Spooling;
using Xunit.Abstractions;

namespace Ptt.Tests.Web.Queue;

/// <summary>
/// A process that uses the spool is killed with SIGKILL, again and again, at random moments. <c>PTT_SPOOL_KILLS</c> says how often in the long run
/// (1000 outside CI), <c>PTT_SEED</c> repeats a run, <c>PTT_SPOOL_VICTIM</c> names another build of the victim (Ptt.Bench.dll).
/// </summary>
public sealed class SpoolKillTests(ITestOutputHelper output)
{
    [Fact]
    public Task Nothing_accepted_is_lost_and_nothing_settled_comes_back_whenever_the_process_is_killed() => KillAsync(10);

    [Fact, Trait("Run", "Long")]
    public Task Not_at_two_hundred_moments_either() =>
        KillAsync(int.Parse(Environment.GetEnvironmentVariable("PTT_SPOOL_KILLS") ?? "200", CultureInfo.InvariantCulture));

    private async Task KillAsync(int kills)
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("PTT_SEED") ?? Random.Shared.Next().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        output.WriteLine($"{kills} kills, PTT_SEED={seed}");
        var random = new Random(seed);
        using var directory = new TemporaryDirectory();
        var said = new Said();
        Task<Process> next = StartAsync(directory.Path);
        for (int i = 0; i < kills; i++)
        {
            using Process victim = await next;
            next = i + 1 < kills ? StartAsync(directory.Path) : next;
            await RunAndKillAsync(victim, random.Next(0, 400), TimeSpan.FromMilliseconds(random.Next(0, 20)), said);
        }

        // A day later everything that waits is due.
        var time = new ManualTime(DateTimeOffset.UtcNow.AddDays(1));
        await using SqliteSpool spool = SqliteSpool.Open(directory.File("spool.db"), new SpoolOptions(), time, NullLogger.Instance);
        await spool.Recovered;
        var left = new HashSet<string>();
        var leftDeliveries = new HashSet<string>();
        while (await spool.LeaseAsync(new LeaseRequest(1000, _ => 1000), default) is { Count: > 0 } some)
        {
            foreach (Delivery delivery in some)
            {
                left.Add(delivery.Id.ToString());
                leftDeliveries.Add($"{delivery.Id} {delivery.Destination}");
                await using MessageContent content = (await spool.OpenAsync(delivery.Id, default))!;
                string text = await Mails.TextAsync(content);
                Assert.Equal(int.Parse(text[10..text.IndexOf('\r')], CultureInfo.InvariantCulture), text.Length - text.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4);
            }
        }

        HashSet<string> begun = [.. said.Delivering.Select(d => d.Split(' ')[0])];
        output.WriteLine($"{said.Accepted.Count} accepted, {said.Settled.Count} deliveries settled, {left.Count} messages left, " +
            $"{leftDeliveries.Intersect(said.Delivering).Count()} deliveries whose settlement a kill took back (each might have been sent twice)");
        Assert.True(said.Accepted.Count > kills, "The victim did nothing.");
        Assert.Empty(said.Accepted.Except(left).Except(begun));
        Assert.Empty(leftDeliveries.Intersect(said.Settled));
    }

    private static async Task<Process> StartAsync(string directory)
    {
        string configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        string victim = Environment.GetEnvironmentVariable("PTT_SPOOL_VICTIM") ?? Path.Combine(Repository.Root, "Ptt.Bench", "bin", configuration, "net10.0", "Ptt.Bench.dll");
        var start = new ProcessStartInfo("dotnet", [victim, "spool-victim", directory]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["DOTNET_TieredPGO"] = "0";   // it does not live long enough to gain by it
        Process process = Process.Start(start)!;
        Assert.Equal("here", await process.StandardOutput.ReadLineAsync());
        return process;
    }

    // Killed some words after it began, and a moment later: however slow the machine, it has done something by then.
    private static async Task RunAndKillAsync(Process process, int words, TimeSpan moment, Said said)
    {
        try
        {
            await process.StandardInput.WriteLineAsync("go");
            await process.StandardInput.FlushAsync();
            Assert.Equal("ready", await process.StandardOutput.ReadLineAsync());
            var spoke = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task reading = Task.Run(async () =>
            {
                for (int heard = 0; await process.StandardOutput.ReadLineAsync() is { } line; heard++)
                {
                    said.Hear(line);
                    if (heard >= words)
                    {
                        spoke.TrySetResult();
                    }
                }
            });
            await Task.WhenAny(spoke.Task, reading).WaitAsync(TimeSpan.FromMinutes(1));
            await Task.Delay(moment);
            process.Kill();   // SIGKILL
            await process.WaitForExitAsync();
            await reading;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync();
            }
        }
    }

    private sealed class Said
    {
        public HashSet<string> Accepted { get; } = [];

        public HashSet<string> Delivering { get; } = [];

        public HashSet<string> Settled { get; } = [];

        public void Hear(string line) => (line[0] switch
        {
            'A' => Accepted,
            'D' => Delivering,
            'S' => Settled,
            _ => throw new FormatException(line),
        }).Add(line[2..]);
    }
}
