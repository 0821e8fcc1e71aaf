using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;
using Ptt.Tests.Smtp.Relay;
using Ptt.Tests.Support;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Tests.Web.Queue;

/// <summary>A start reads of a long queue only what it needs at once; the rest comes beside the mail and as time goes on.</summary>
public sealed class LongSpoolTests : IDisposable
{
    private const int Messages = 84, Destinations = 200;   // more deliveries than a start walks over before it opens

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_long_queue_is_counted_freed_and_leased_whole_after_a_start_while_new_mail_comes_and_goes()
    {
        await using (SqliteSpool spool = Open())
        {
            for (int i = 0; i < Messages; i++)
            {
                await AddAsync(spool, [.. Enumerable.Range(0, Destinations).Select(d => $"r@d{d}.test")]);
            }

            Assert.Equal(1000, (await LeaseAsync(spool)).Count);   // and nothing becomes of them: the next process has to free them
        }

        await using (SqliteSpool spool = Open())
        {
            SpoolId added = await AddAsync(spool, ["new@other.test"]);
            var left = new HashSet<(SpoolId, Destination)>();
            while (left.Count <= Messages * Destinations)
            {
                IReadOnlyList<Delivery> some = await LeaseAsync(spool);
                Assert.All(some, d => Assert.True(left.Add((d.Id, d.Destination)), "It was handed out twice."));
                if (some.FirstOrDefault(d => d.Id == added) is { } delivery)
                {
                    await spool.SettleAsync([Mails.Delivered(delivery)], default);
                }

                if (some.Count == 0)
                {
                    await spool.WaitForWorkAsync(TimeSpan.FromMinutes(1), default).AsTask().WaitAsync(TimeSpan.FromMinutes(1));
                }
            }

            await spool.Recovered;
            Assert.Equal(Messages, spool.Hands.Depth);
            Assert.Empty(await LeaseAsync(spool));
        }
    }

    [Fact]
    public async Task What_is_due_in_some_hours_is_not_kept_in_memory_and_comes_in_its_minute()
    {
        await using SqliteSpool spool = Open();
        await AddAsync(spool, ["bob@one.test"]);
        await AddAsync(spool, ["bob@two.test"]);
        DateTimeOffset due = _time.GetUtcNow().AddHours(3);
        await spool.SettleAsync([.. (await LeaseAsync(spool)).Select(d => Mails.Deferred(d, d.Destination.Name == "one.test" ? due : due.AddMinutes(1)))], default);
        Assert.Null(spool.Hands.UntilNextTimer());

        var came = new Dictionary<string, DateTimeOffset>();
        while (_time.GetUtcNow() < due.AddMinutes(5))
        {
            foreach (Delivery delivery in await LeaseAsync(spool))
            {
                came.Add(delivery.Destination.Name, _time.GetUtcNow());
            }

            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(new Dictionary<string, DateTimeOffset> { ["one.test"] = due, ["two.test"] = due.AddMinutes(1) }, came);
    }

    private SqliteSpool Open() => SqliteSpool.Open(_directory.File("spool.db"), new SpoolOptions(), _time, NullLogger.Instance);

    private static async Task<SpoolId> AddAsync(SqliteSpool spool, string[] recipients) => Assert.IsType<SpoolAdd.Queued>(await spool.AddAsync(
        Mails.Envelope(recipients[0]) with { Recipients = [.. recipients.Select(r => new Recipient(Mailbox.Parse(r)))] }, Mails.Content(bodyLength: 20), default)).Id;

    private static async Task<IReadOnlyList<Delivery>> LeaseAsync(SqliteSpool spool) => await spool.LeaseAsync(new LeaseRequest(1000, _ => 1000), default);
}
