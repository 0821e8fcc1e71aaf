using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Sasl;
using Ptt.Web.Queue.Spooling;

/// <summary>
/// The spool alone, on the disk of the directory given: plain append and fsync of a message as the baseline, then adds, then add,
/// lease and settle, by a number of senders at once; the same with a backlog.
/// </summary>
internal static class SpoolBench
{
    private const int MessageLength = 4096;

    public static async Task<int> RunAsync(string[] args)
    {
        int senders = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 64;
        int backlog = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 0;
        string directory = Directory.CreateTempSubdirectory("ptt-bench-").FullName;
        try
        {
            double append = Append(Path.Combine(directory, "append"));
            Console.WriteLine($"append 4 KiB and fsync, one at a time   {append,10:N0}/s   1.0");
            await using SqliteSpool spool = SqliteSpool.Open(
                Path.Combine(directory, "spool.db"), new SpoolOptions(), TimeProvider.System, NullLogger.Instance);

            (double rate, double cpu) = await AddAsync(spool, senders, TimeSpan.FromSeconds(5));
            Print($"add, {senders} senders", rate, append, cpu);
            (rate, cpu) = await DrainAsync(spool, 4);
            Print("drain what is left (lease, open, settle)", rate, append, cpu);
            (rate, cpu) = await FlowAsync(spool, senders, TimeSpan.FromSeconds(5));
            Print($"add, lease, settle, {senders} senders", rate, append, cpu);
            if (backlog > 0)
            {
                await SpoolFill.AddAsync(spool, backlog, TimeSpan.Zero);
                await spool.WriteAsync(SpoolFill.SetStates);
                Console.WriteLine($"{backlog:N0} queued, {Environment.WorkingSet >> 20} MiB resident");
                await spool.DisposeAsync();
                long started = Stopwatch.GetTimestamp();
                await using SqliteSpool again = SqliteSpool.Open(
                    Path.Combine(directory, "spool.db"), new SpoolOptions(), TimeProvider.System, NullLogger.Instance);
                Console.WriteLine($"opened again after {Stopwatch.GetElapsedTime(started).TotalMilliseconds:N0} ms, {Environment.WorkingSet >> 20} MiB resident");
                (rate, cpu) = await FlowAsync(again, senders, TimeSpan.FromSeconds(5));
                Print($"the same beside them", rate, append, cpu);
            }

            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Print(string what, double rate, double baseline, double cpu) =>
        Console.WriteLine($"{what,-40}{rate,10:N0}/s   {rate / baseline:N1}   {cpu * 1000:N3} ms CPU each");

    private static double Append(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1);
        byte[] message = new byte[MessageLength];
        long started = Stopwatch.GetTimestamp();
        int count = 0;
        while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(3))
        {
            file.Write(message);
            file.Flush(flushToDisk: true);
            count++;
        }

        return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<(double Rate, double Cpu)> AddAsync(SqliteSpool spool, int senders, TimeSpan time)
    {
        long count = 0;
        return await MeasureAsync(async () =>
        {
            long started = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, senders).Select(async s =>
            {
                while (Stopwatch.GetElapsedTime(started) < time)
                {
                    await AddOneAsync(spool, s);
                    Interlocked.Increment(ref count);
                }
            }));
            return count;
        });
    }

    private static async Task<(double Rate, double Cpu)> FlowAsync(SqliteSpool spool, int senders, TimeSpan time)
    {
        long settled = 0;
        using var stop = new CancellationTokenSource();
        Task relay = Task.Run(async () =>
        {
            var settles = new List<Task>();
            while (!stop.IsCancellationRequested)
            {
                IReadOnlyList<Delivery> some = await spool.LeaseAsync(new LeaseRequest(64, d => d.Name.StartsWith("flow", StringComparison.Ordinal) ? 64 : 0), default);
                if (some.Count == 0)
                {
                    await spool.WaitForWorkAsync(TimeSpan.FromMilliseconds(100), default);
                    continue;
                }

                settles.Add(spool.SettleAsync([.. some.Select(Delivered)], default).AsTask());
                Interlocked.Add(ref settled, some.Count);
                if (settles.Count > 16)
                {
                    await settles[0];
                    settles.RemoveAt(0);
                }
            }

            await Task.WhenAll(settles);
        });
        (double rate, double cpu) = await AddAsync(spool, senders, time);
        await stop.CancelAsync();
        await relay;
        return (rate, cpu);
    }

    private static async Task<(double Rate, double Cpu)> DrainAsync(SqliteSpool spool, int workers) => await MeasureAsync(async () =>
    {
        long count = 0;
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(async () =>
        {
            while (await spool.LeaseAsync(new LeaseRequest(64, _ => 64), default) is { Count: > 0 } some)
            {
                foreach (Delivery delivery in some.Where(d => d.Content is null))
                {
                    await using MessageContent? content = await spool.OpenAsync(delivery.Id, default);
                }

                await spool.SettleAsync([.. some.Select(Delivered)], default);
                Interlocked.Add(ref count, some.Count);
            }
        })));
        return count;
    });

    private static async Task<(double Rate, double Cpu)> MeasureAsync(Func<Task<long>> work)
    {
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        long started = Stopwatch.GetTimestamp();
        long count = await work();
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        double cpu = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        return (count / seconds, cpu / Math.Max(1, count));
    }

    private static async Task AddOneAsync(SqliteSpool spool, int sender)
    {
        if (await spool.AddAsync(Envelope($"r{sender}@flow{sender % 10}.test", sender), Content, default) is not SpoolAdd.Queued)
        {
            throw new InvalidOperationException("The spool refused.");
        }
    }

    private static readonly MessageContent Content = MessageContent.FromMemory(
        System.Text.Encoding.ASCII.GetBytes("From: a@example.test\r\nSubject: bench\r\nMessage-ID: <1@example.test>\r\n\r\n" + new string('x', MessageLength - 72)));

    private static Envelope Envelope(string recipient, int sender) => new()
    {
        ReversePath = Mailbox.Parse("a@example.test"),
        Recipients = [new Recipient(Mailbox.Parse(recipient))],
        Origin = new Origin
        {
            ReceivedAt = DateTimeOffset.UnixEpoch,
            SessionId = "bench",
            Login = new Login { Address = Mailbox.Parse($"u{sender}@example.test") },
        },
    };

    private static Settlement Delivered(Delivery delivery) => new()
    {
        Delivery = delivery,
        Outcomes = [.. delivery.Recipients.Select(_ => new RecipientOutcome.Delivered(Ok))],
        Attempts =
        [
            new AttemptRecord
            {
                StartedAt = delivery.AcceptedAt, Took = TimeSpan.FromMilliseconds(3), Host = "mx.example.com", Address = "192.0.2.1:25",
                Phase = "end-of-data", Reply = Ok,
            },
        ],
    };

    private static readonly Reply Ok = new(250, new EnhancedStatusCode(0, 0), "Ok");
}
