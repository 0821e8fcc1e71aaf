using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Sasl;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Storage;
using Ptt.Web.Queue.Tracing;

/// <summary>
/// Fills a data directory with a queue and its trace: messages of 1 KiB from a thousand senders to a thousand destinations, accepted over the last days; of a hundred
/// two are held, two wait for their turn, the others for their next try in hours to come. No server may run on the directory meanwhile.
/// </summary>
internal static class SpoolFill
{
    private const int AtOnce = 256;

    public static async Task<int> RunAsync(string directory, string[] args)
    {
        int messages = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        double days = args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 30;
        Directory.CreateDirectory(directory);
        long started = Stopwatch.GetTimestamp();
        var clock = new PastClock { Now = DateTimeOffset.UtcNow.AddDays(-days) };
        string path = Path.Combine(directory, "spool.db");
        await using (SqliteSpool spool = SqliteSpool.Open(path, new SpoolOptions { WindowDeliveries = 1, WindowBytes = 0 }, clock, NullLogger.Instance))
        {
            spool.TellsAccepted = true;
            await AddAsync(spool, messages, TimeSpan.FromDays(days), clock);
            Say($"{messages:N0} messages accepted", started);
            await spool.WriteAsync(SetStates);
            Say("states set", started);
            using var narrator = new Narrator(spool, new TraceFiles(Path.Combine(directory, "trace")), new SpoolOptions(), [], TimeProvider.System, NullLogger<Narrator>.Instance);
            await narrator.CatchUpAsync(default);
            Say("trace written", started);
        }

        Say($"closed; {new FileInfo(path).Length >> 20} MiB", started);
        return 0;
    }

    /// <summary>For a spool that is open already, of messages that are all due.</summary>
    public static async Task AddAsync(SqliteSpool spool, int messages, TimeSpan span, PastClock? clock = null)
    {
        DateTimeOffset begin = DateTimeOffset.UtcNow - span;
        clock?.Now = begin;
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < messages;)
            {
                if (clock is not null && i % 64 == 0)
                {
                    clock.Now = begin + (span * ((double)i / messages));
                }

                if (await spool.AddAsync(EnvelopeOf(i), ContentOf(i), default) is not SpoolAdd.Queued)
                {
                    throw new InvalidOperationException("The spool refused.");
                }
            }
        })));
    }

    /// <summary>As if all had been tried and put off, but for a few.</summary>
    public static int SetStates(SpoolDatabase database)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        database.File.Run($"UPDATE delivery SET lease = 0, attempt = 0, due_at = {now}");
        database.File.Run($"""
            UPDATE delivery SET retry = 1, attempt = 3, due_at = {now} + 3600000 + seq % 80000000, last_reply = CASE seq % 3
              WHEN 0 THEN '451 4.7.1 Greylisted, come back later' WHEN 1 THEN '451 4.4.1 The connection was refused' ELSE '452 4.2.2 Mailbox full' END
            WHERE seq % 50 > 1
            """);
        database.File.Run("UPDATE delivery SET hold = 'held by the generator' WHERE seq % 50 = 0");
        return 0;
    }

    private static Envelope EnvelopeOf(int i) => new()
    {
        ReversePath = Mailbox.Parse($"u{i % 1000}@example.test"),
        Recipients = [new Recipient(Mailbox.Parse($"r{i}@d{i % 997}.test"))],
        Origin = new Origin
        {
            ReceivedAt = DateTimeOffset.UtcNow,
            SessionId = "fill",
            Login = new Login { Address = Mailbox.Parse($"u{i % 1000}@example.test") },
        },
    };

    private static MessageContent ContentOf(int i) => MessageContent.FromMemory(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"From: u{i % 1000}@example.test\r\nTo: r{i}@d{i % 997}.test\r\nSubject: Letter number {i}\r\nMessage-ID: <{i}@example.test>\r\n\r\n{Body}")));

    private static readonly string Body = string.Concat(Enumerable.Repeat(new string('x', 70) + "\r\n", 12));

    private static void Say(string what, long started) => Console.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalSeconds,8:N1} s  {what}");
}

/// <summary>Stands where it was set last.</summary>
internal sealed class PastClock : TimeProvider
{
    private long _ticks;

    public DateTimeOffset Now
    {
        set => Volatile.Write(ref _ticks, value.UtcTicks);
    }

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _ticks), TimeSpan.Zero);
}
