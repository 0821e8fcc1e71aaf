using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Spooling;

/// <summary>
/// A process to be killed: adds, leases and settles as fast as it can, and says what is promised. <c>A id</c>: accepted;
/// <c>D id</c>: about to be settled as delivered; <c>S id</c>: settled. It opens the spool when it is told to by a line, so that it may be started before the one
/// before it is dead.
/// </summary>
internal static class SpoolVictim
{
    private static readonly Reply Ok = new(250, new EnhancedStatusCode(0, 0), "Ok");
    private static readonly Reply Later = new(450, new EnhancedStatusCode(2, 0), "Later");
    private static readonly Lock Out = new();

    public static async Task<int> RunAsync(string directory)
    {
        Say("here");
        if (Console.In.ReadLine() is null)
        {
            return 0;
        }

        await using SqliteSpool spool = SqliteSpool.Open(
            Path.Combine(directory, "spool.db"), new SpoolOptions { WindowDeliveries = 200 }, TimeProvider.System, NullLogger.Instance);
        Say("ready");
        Task[] adding = [.. Enumerable.Range(0, 16).Select(i => Task.Run(() => AddAsync(spool, i)))];
        Task settling = Task.Run(() => SettleAsync(spool));
        await Task.WhenAll([.. adding, settling]);
        return 0;
    }

    private static async Task AddAsync(SqliteSpool spool, int sender)
    {
        var random = new Random(Environment.ProcessId * 100 + sender);
        while (true)
        {
            // Some are files: larger than what goes into the database.
            int length = random.Next(20) == 0 ? 100_000 : random.Next(100, 9000);
            byte[] content = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"X-Length: {length}\r\n\r\n{new string('x', length)}"));
            int recipients = random.Next(1, 4);
            SpoolAdd added = await spool.AddAsync(
                new Envelope
                {
                    ReversePath = Mailbox.Parse($"s{sender}@example.test"),
                    Recipients = [.. Enumerable.Range(0, recipients).Select(r => new Recipient(Mailbox.Parse($"r{r}@d{random.Next(30)}.test")))],
                    Origin = new Origin { ReceivedAt = DateTimeOffset.UtcNow, SessionId = "victim" },
                },
                MessageContent.FromMemory(content), default);
            if (added is SpoolAdd.Queued queued)
            {
                Say("A " + queued.Id);
            }
        }
    }

    private static async Task SettleAsync(SqliteSpool spool)
    {
        var random = new Random(Environment.ProcessId);
        while (true)
        {
            IReadOnlyList<Delivery> some = await spool.LeaseAsync(new LeaseRequest(40, _ => 5), default);
            if (some.Count == 0)
            {
                await spool.WaitForWorkAsync(TimeSpan.FromMilliseconds(50), default);
                continue;
            }

            Settlement[] settled = [.. some.Select(d => Settle(d, random))];
            foreach (Settlement s in settled.Where(s => s.Outcomes.All(o => o is RecipientOutcome.Delivered)))
            {
                Say($"D {s.Delivery.Id} {s.Delivery.Destination}");
            }

            await spool.SettleAsync(settled, default);
            foreach (Settlement s in settled.Where(s => s.Outcomes.All(o => o is RecipientOutcome.Delivered)))
            {
                Say($"S {s.Delivery.Id} {s.Delivery.Destination}");
            }
        }
    }

    private static Settlement Settle(Delivery delivery, Random random)
    {
        bool delivered = random.Next(3) > 0;
        RecipientOutcome outcome = delivered
            ? new RecipientOutcome.Delivered(Ok)
            : new RecipientOutcome.Deferred(Later, DateTimeOffset.UtcNow.AddSeconds(random.Next(1, 600)));
        return new Settlement
        {
            Delivery = delivery,
            Outcomes = [.. delivery.Recipients.Select(_ => outcome)],
            Attempts = [new AttemptRecord { StartedAt = DateTimeOffset.UtcNow, Took = TimeSpan.Zero, Phase = "end-of-data", Reply = outcome.Reply }],
        };
    }

    /// <summary>One write of one short line: it is in the pipe whole, or not at all.</summary>
    private static void Say(string line)
    {
        lock (Out)
        {
            using Stream output = Console.OpenStandardOutput();
            output.Write(Encoding.ASCII.GetBytes(line + "\n"));
        }
    }
}
