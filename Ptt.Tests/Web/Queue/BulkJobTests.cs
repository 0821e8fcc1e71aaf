using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;
using Ptt.Web.Queue;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Tests.Web.Queue;

public sealed class BulkJobTests : IDisposable
{
    private const int Messages = 1200;

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_bulk_order_goes_on_after_the_process_has_died_in_the_middle_of_it()
    {
        string id;
        await using (SqliteSpool spool = Open())
        {
            for (int i = 0; i < Messages; i++)
            {
                await spool.AddAsync(Mails.Envelope($"r{i}@d{i % 7}.test"), Mails.Content(), default);
            }

            // The first step of three is on disk, and no more: what a kill in the middle leaves.
            var store = new QueueJobStore(spool);
            var job = new QueueJob("job", QueueVerb.Hold, "ada", "wait", new QueueFilter { Until = _time.GetUtcNow().AddHours(1) }, Messages, _time.GetUtcNow());
            await store.AddAsync(job);
            id = job.Id;
            QueuePage first = new QueueReader(spool, _time).List(job.Filter, null, 500);
            int changed = await spool.OrderAsync([.. first.Items.Select(m => SpoolId.TryParse(m.Id, out SpoolId s) ? s : default)], new QueueOrder(job.Verb, job.By, job.Text),
                (database, touched) => QueueJobStore.Advance(database, id, 500, touched, first.Next));
            Assert.Equal(500, changed);
        }

        await using (SqliteSpool spool = Open())
        {
            QueueJobs jobs = Jobs(spool);
            jobs.Resume();
            QueueJob job = jobs.Find(id)!;
            await job.Done;

            Assert.Equal((Messages, Messages, null), ((int)job.Matched, (int)job.Changed, job.Fault));
            Assert.Empty(await spool.LeaseAsync(new LeaseRequest(10, _ => 10), default));
            Assert.Equal(Messages, spool.Hands.Depth);
        }

        await using (SqliteSpool spool = Open())
        {
            QueueJobs jobs = Jobs(spool);
            jobs.Resume();
            Assert.NotNull(Assert.Single(jobs.All).EndedAt);   // it is still shown, and not done again
        }
    }

    [Fact]
    public async Task An_order_whose_job_row_could_not_be_written_changes_nothing()
    {
        await using SqliteSpool spool = Open();
        await spool.AddAsync(Mails.Envelope("r@one.test"), Mails.Content(), default);
        SpoolId[] ids = [.. new QueueReader(spool, _time).List(new QueueFilter(), null, 10).Items.Select(m => SpoolId.TryParse(m.Id, out SpoolId s) ? s : default)];

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            spool.OrderAsync(ids, new QueueOrder(QueueVerb.Drop, "ada"), (_, _) => throw new InvalidOperationException("no")));

        Assert.Single(await spool.LeaseAsync(new LeaseRequest(10, _ => 10), default));
    }

    private SqliteSpool Open() => SqliteSpool.Open(_directory.File("spool.db"), new SpoolOptions(), _time, NullLogger.Instance);

    private QueueJobs Jobs(SqliteSpool spool) =>
        new(spool, new QueueReader(spool, _time), new QueueJobStore(spool), _time, new NeverStops(), NullLogger<QueueJobs>.Instance);

    private sealed class NeverStops : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }
}
