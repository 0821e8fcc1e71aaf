using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Storage;

namespace Ptt.Tests.Web.Queue;

public sealed class SpoolDurabilityTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_restart_goes_on_where_the_last_process_stopped()
    {
        await using (SqliteSpool spool = Open())
        {
            await AddAsync(spool, "waiting@one.test");
            await AddAsync(spool, "leased@two.test");
            await AddAsync(spool, "later@three.test");
            IReadOnlyList<Delivery> all = await LeaseAsync(spool, 3);
            await spool.SettleAsync([Mails.Deferred(all.Single(d => d.Destination.Name == "three.test"), _time.GetUtcNow().AddHours(1))], default);
            await AddAsync(spool, "new@four.test");
        }

        await using (SqliteSpool spool = Open())
        {
            Assert.Equal(4, spool.Hands.Depth);
            Assert.Equal(["four.test", "one.test", "two.test"], (await LeaseAsync(spool)).Select(d => d.Destination.Name).Order());
            _time.Advance(TimeSpan.FromHours(2));
            Assert.Equal(["three.test"], (await LeaseAsync(spool)).Select(d => d.Destination.Name));
        }
    }

    [Fact]
    public async Task A_large_body_is_a_file_until_its_message_is_settled()
    {
        await using SqliteSpool spool = Open();
        SpoolId id = await AddAsync(spool, "bob@one.test", bodyLength: 200_000);
        string file = Path.Combine(_directory.File("spool.bodies"), id.ToString());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        Delivery delivery = (await LeaseAsync(spool))[0];
        await using (MessageContent content = (await spool.OpenAsync(id, default))!)
        {
            Assert.Equal(await Mails.TextAsync(Mails.Content(bodyLength: 200_000)), await Mails.TextAsync(content));
        }

        await spool.SettleAsync([Mails.Delivered(delivery)], default);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task Bodies_that_no_message_names_are_swept_at_the_start_and_the_others_are_not()
    {
        SpoolId id;
        await using (SqliteSpool spool = Open())
        {
            id = await AddAsync(spool, "bob@one.test", bodyLength: 200_000);
        }

        string bodies = _directory.File("spool.bodies");
        File.WriteAllText(Path.Combine(bodies, Guid.NewGuid().ToString("N")), "half a message");
        File.WriteAllText(Path.Combine(bodies, "stray"), "");
        await using (SqliteSpool spool = Open())
        {
            Assert.Equal([id.ToString()], Directory.GetFiles(bodies).Select(Path.GetFileName));
        }
    }

    [Fact]
    public async Task Two_processes_cannot_have_the_same_spool()
    {
        await using SqliteSpool spool = Open();

        Assert.Contains("in use by another process", Assert.Throws<IOException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_file_refuses_new_mail_and_goes_on_delivering()
    {
        await using SqliteSpool spool = Open(new SpoolOptions { WindowBytes = 0 });
        SqliteFile file = await spool.WriteAsync(d => d.File);
        file.Run($"PRAGMA max_page_count={(file.Scalar("PRAGMA page_count") ?? 0) + 60}");
        int added = 0;
        SpoolAdd last;
        while ((last = await TryAddAsync(spool, 5000)) is SpoolAdd.Queued)
        {
            Assert.True(++added < 1000, "It never filled up.");
        }

        Assert.IsType<SpoolAdd.Full>(last);
        IReadOnlyList<Delivery> all = await LeaseAsync(spool);
        Assert.Equal(added, all.Count);
        await spool.SettleAsync([.. all.Select(Mails.Delivered)], default);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.IsType<SpoolAdd.Queued>(await TryAddAsync(spool, 5000));   // there is room again, nobody did anything
    }

    [Fact]
    public async Task While_the_disk_fails_new_mail_is_refused_and_outcomes_wait_until_it_recovers()
    {
        await using SqliteSpool spool = Open();
        SpoolId id = await AddAsync(spool, "bob@one.test");
        Delivery delivery = (await LeaseAsync(spool))[0];
        SqliteFile file = await spool.WriteAsync(d => d.File);

        file.Run("PRAGMA query_only=ON");   // every write of this connection fails from here on
        Assert.IsType<SpoolAdd.Failed>(await TryAddAsync(spool, 20));
        Task settling = spool.SettleAsync([Mails.Delivered(delivery)], default).AsTask();
        Assert.IsType<SpoolAdd.Failed>(await TryAddAsync(spool, 20));
        Assert.False(settling.IsCompleted);
        file.Run("PRAGMA query_only=OFF");

        await settling;
        Assert.Null(await spool.OpenAsync(id, default));
        Assert.IsType<SpoolAdd.Queued>(await TryAddAsync(spool, 20));
    }

    [Fact]
    public async Task A_lease_that_ends_without_an_outcome_is_given_to_somebody_else_and_the_late_outcome_is_ignored()
    {
        await using SqliteSpool spool = Open(new SpoolOptions { LeaseFor = TimeSpan.FromMinutes(10) });
        SpoolId id = await AddAsync(spool, "bob@one.test");
        Delivery hung = (await LeaseAsync(spool))[0];

        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.Empty(await LeaseAsync(spool));   // this look ends the lease
        await spool.WriteAsync(_ => true);       // and this write comes after its end
        Delivery again = Assert.Single(await LeaseAsync(spool));
        await spool.SettleAsync([Mails.Delivered(hung)], default);

        Assert.Equal(2, again.Attempt);
        await using MessageContent? content = await spool.OpenAsync(id, default);
        Assert.NotNull(content);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    [InlineData(0, -10_000)]
    [InlineData(0, 20_000)]
    public async Task When_the_clock_is_set_a_retry_still_waits_as_long_as_it_was_to_wait(int hours, int days)
    {
        await using SqliteSpool spool = Open();
        await AddAsync(spool, "bob@one.test");
        await spool.SettleAsync([Mails.Deferred((await LeaseAsync(spool))[0], _time.GetUtcNow().AddMinutes(30))], default);

        _time.JumpTo(_time.GetUtcNow().AddHours(hours).AddDays(days));

        Assert.Empty(await LeaseAsync(spool));
        await spool.WriteAsync(_ => true);
        _time.Advance(TimeSpan.FromMinutes(29));
        Assert.Empty(await LeaseAsync(spool));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Single(await LeaseAsync(spool));
    }

    [Fact]
    public async Task Memory_holds_a_window_and_the_rest_waits_on_disk()
    {
        await using SqliteSpool spool = Open(new SpoolOptions { WindowDeliveries = 100, WindowBytes = 20_000 });
        for (int i = 0; i < 1000; i++)
        {
            await AddAsync(spool, $"r@d{i % 50}.test", bodyLength: 1000);
        }

        Assert.InRange(spool.Hands.InMemory().Count, 1, 100);
        Assert.InRange(spool.Hands.InMemory().Sum(m => m.Octets?.Length ?? 0), 1, 20_000);
        Assert.Equal(1000, (await DrainAsync(spool)).Distinct().Count());
    }

    private static async Task<List<SpoolId>> DrainAsync(SqliteSpool spool)
    {
        var ids = new List<SpoolId>();
        while (await LeaseAsync(spool, 70) is { Count: > 0 } some)
        {
            ids.AddRange(some.Select(d => d.Id));
            await spool.SettleAsync([.. some.Select(Mails.Delivered)], default);
        }

        return ids;
    }

    private SqliteSpool Open() => Open(new SpoolOptions());

    private SqliteSpool Open(SpoolOptions options) => SqliteSpool.Open(_directory.File("spool.db"), options, _time, NullLogger.Instance);

    private static async Task<SpoolId> AddAsync(SqliteSpool spool, string recipient, int bodyLength = 20) =>
        Assert.IsType<SpoolAdd.Queued>(await spool.AddAsync(Mails.Envelope(recipient), Mails.Content(bodyLength: bodyLength), default)).Id;

    private static async Task<SpoolAdd> TryAddAsync(SqliteSpool spool, int bodyLength) =>
        await spool.AddAsync(Mails.Envelope("bob@one.test"), Mails.Content(bodyLength: bodyLength), default);

    private static async Task<IReadOnlyList<Delivery>> LeaseAsync(SqliteSpool spool, int atMost = 1000) =>
        await spool.LeaseAsync(new LeaseRequest(atMost, _ => 1000), default);
}
