using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Relay;

/// <summary>What every <see cref="ISpool"/> keeps; one class of tests for all of them.</summary>
public abstract class SpoolContract : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private ISpool _spool = null!;

    internal ManualTime Time { get; } = new();

    private protected abstract ValueTask<ISpool> OpenAsync();

    private protected virtual ValueTask CloseAsync() => ValueTask.CompletedTask;

    public async Task InitializeAsync() => _spool = await OpenAsync();

    public async Task DisposeAsync() => await CloseAsync();

    [Fact]
    public async Task What_was_added_is_leased_with_all_that_it_came_with()
    {
        Envelope envelope = Mails.Envelope("bob@one.test", login: "ada@example.test") with
        {
            EightBit = true, SmtpUtf8 = true, RequireTls = true, Return = DsnReturn.Headers, EnvelopeId = "e 1",
            Recipients = [new Recipient(Ptt.Mail.Mailbox.Parse("bob@one.test")) { Notify = DsnNotify.Success | DsnNotify.Delay, OriginalRecipient = "rfc822;b@x.test" }],
        };
        SpoolId id = await AddAsync(envelope);

        Delivery delivery = Assert.Single(await LeaseAsync());

        Assert.Equal(id, delivery.Id);
        Assert.Equal(new Destination("one.test"), delivery.Destination);
        Assert.Equal(1, delivery.Attempt);
        Assert.Equal(Time.GetUtcNow(), delivery.AcceptedAt);
        Assert.Equal(envelope.ReversePath, delivery.Envelope.ReversePath);
        Assert.Equal(envelope.Recipients, delivery.Envelope.Recipients);
        Assert.Equal((true, true, true, DsnReturn.Headers, "e 1"),
            (delivery.Envelope.EightBit, delivery.Envelope.SmtpUtf8, delivery.Envelope.RequireTls, delivery.Envelope.Return, delivery.Envelope.EnvelopeId));
        Assert.Equal("ada@example.test", delivery.Envelope.Origin.Login!.Address.ToString());
        Assert.Equal(await Mails.TextAsync(Mails.Content()), await ContentAsync(delivery));
    }

    [Fact]
    public async Task A_message_is_one_delivery_for_each_destination_with_its_recipients_only()
    {
        await AddAsync(Mails.Envelope("a@one.test b@two.test c@one.test d@[192.0.2.7]"));

        IReadOnlyList<Delivery> deliveries = await LeaseAsync();

        Assert.Equal(
            ["[192.0.2.7]: d@[192.0.2.7] 3", "one.test: a@one.test,c@one.test 0,2", "two.test: b@two.test 1"],
            deliveries.Select(d => $"{d.Destination}: {string.Join(',', d.Envelope.Recipients.Select(r => r.Address))} {string.Join(',', d.Recipients.Select(r => r.Number))}").Order());
    }

    [Fact]
    public async Task A_leased_delivery_is_nobody_elses()
    {
        await AddAsync("bob@one.test");

        Assert.Single(await LeaseAsync());
        Assert.Empty(await LeaseAsync());
    }

    [Fact]
    public async Task No_more_is_leased_than_was_asked_for_or_than_a_destination_has_room_for()
    {
        for (int i = 0; i < 10; i++)
        {
            await AddAsync("bob@one.test");
            await AddAsync("bob@two.test");
        }

        Assert.Equal(3, (await LeaseAsync(atMost: 3)).Count);
        IReadOnlyList<Delivery> some = await LeaseAsync(room: d => d.Name == "one.test" ? 0 : 2);
        Assert.Equal(["two.test", "two.test"], some.Select(d => d.Destination.Name));
    }

    [Fact]
    public async Task A_destination_without_room_does_not_starve_another()
    {
        for (int i = 0; i < 500; i++)
        {
            await AddAsync("bob@hangs.test");
        }

        await AddAsync("bob@works.test");

        Assert.Equal("works.test", Assert.Single(await LeaseAsync(atMost: 10, room: d => d.Name == "hangs.test" ? 0 : 10)).Destination.Name);
    }

    [Fact]
    public async Task Room_for_a_destination_is_asked_once_in_a_lease()
    {
        for (int i = 0; i < 5; i++)
        {
            await AddAsync("bob@one.test");
        }

        int asked = 0;
        Assert.Equal(2, (await LeaseAsync(room: _ => { asked++; return 2; })).Count);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_sender_with_much_mail_does_not_stand_before_one_with_little()
    {
        for (int i = 0; i < 300; i++)
        {
            await AddAsync(Mails.Envelope("bob@one.test", login: "bulk@example.test"));
        }

        await AddAsync(Mails.Envelope("bob@one.test", login: "ada@example.test"));

        IReadOnlyList<Delivery> first = await LeaseAsync(atMost: 4);
        Assert.Contains(first, d => d.Envelope.Origin.Login!.Address.ToString() == "ada@example.test");
    }

    [Fact]
    public async Task What_is_delivered_is_gone()
    {
        SpoolId id = await AddAsync("bob@one.test");

        await SettleAsync(Mails.Delivered((await LeaseAsync())[0]));

        Assert.Null(await _spool.OpenAsync(id, None));
        Time.Advance(TimeSpan.FromDays(9));
        Assert.Empty(await LeaseAsync());
    }

    [Fact]
    public async Task What_is_deferred_comes_back_at_its_time_with_the_next_attempt_and_the_same_octets()
    {
        await AddAsync("bob@one.test");
        Delivery first = (await LeaseAsync())[0];

        await SettleAsync(Mails.Deferred(first, Time.GetUtcNow().AddMinutes(5)));

        Assert.Empty(await LeaseAsync());
        Time.Advance(TimeSpan.FromMinutes(4));
        Assert.Empty(await LeaseAsync());
        Time.Advance(TimeSpan.FromMinutes(2));
        Delivery second = Assert.Single(await LeaseAsync());
        Assert.Equal(2, second.Attempt);
        Assert.Equal(first.AcceptedAt, second.AcceptedAt);
        Assert.Equal(first.Recipients, second.Recipients);
        Assert.Equal(await Mails.TextAsync(Mails.Content()), await ContentAsync(second));
    }

    [Fact]
    public async Task Only_the_deferred_recipients_of_a_delivery_come_back()
    {
        await AddAsync(Mails.Envelope("a@one.test b@one.test c@one.test"));
        Delivery delivery = (await LeaseAsync())[0];

        await SettleAsync(Mails.Settled(delivery, r => r.Number switch
        {
            0 => new RecipientOutcome.Delivered(Mails.Accepted),
            1 => new RecipientOutcome.Failed(Mails.NoSuchUser),
            _ => new RecipientOutcome.Deferred(Mails.Greylisted, Time.GetUtcNow().AddMinutes(1), DelayNoticed: true),
        }));
        Time.Advance(TimeSpan.FromMinutes(2));

        QueuedRecipient left = Assert.Single(Assert.Single(await LeaseAsync()).Recipients);
        Assert.Equal((2, "c@one.test", true), (left.Number, left.Recipient.Address.ToString(), left.DelayNoticed));
    }

    [Fact]
    public async Task A_recipient_is_not_tried_before_its_own_time()
    {
        await AddAsync(Mails.Envelope("soon@one.test late@one.test"));
        DateTimeOffset now = Time.GetUtcNow();

        await SettleAsync(Mails.Settled((await LeaseAsync())[0], r =>
            new RecipientOutcome.Deferred(Mails.Greylisted, now.AddMinutes(r.Number == 0 ? 1 : 60))));
        Time.Advance(TimeSpan.FromMinutes(2));
        Delivery soon = Assert.Single(await LeaseAsync());
        Assert.Equal(0, Assert.Single(soon.Recipients).Number);
        await SettleAsync(Mails.Delivered(soon));
        Assert.Empty(await LeaseAsync());
        Time.Advance(TimeSpan.FromMinutes(60));
        Assert.Equal(1, Assert.Single(Assert.Single(await LeaseAsync()).Recipients).Number);
    }

    [Fact]
    public async Task The_message_stays_until_its_last_destination_is_settled()
    {
        SpoolId id = await AddAsync(Mails.Envelope("a@one.test b@two.test"));
        IReadOnlyList<Delivery> both = await LeaseAsync();

        await SettleAsync(Mails.Delivered(both[0]));
        await using (var content = await _spool.OpenAsync(id, None))
        {
            Assert.NotNull(content);
        }

        await SettleAsync(Mails.Failed(both[1]));
        Assert.Null(await _spool.OpenAsync(id, None));
    }

    [Fact]
    public async Task A_report_enters_the_queue_with_the_outcome_that_caused_it()
    {
        await AddAsync("bob@one.test");
        var report = new Report(Mails.Envelope("ada@example.test", sender: null), Mails.Content("Undeliverable"));

        await SettleAsync(Mails.Settled((await LeaseAsync())[0], _ => new RecipientOutcome.Failed(Mails.NoSuchUser), report));

        Delivery bounce = Assert.Single(await LeaseAsync());
        Assert.Null(bounce.Envelope.ReversePath);
        Assert.Equal("ada@example.test", bounce.Envelope.Recipients[0].Address.ToString());
        Assert.Contains("Undeliverable", await ContentAsync(bounce), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_never_begun_is_due_at_once_and_its_attempt_is_not_counted()
    {
        await AddAsync("bob@one.test");
        Delivery first = (await LeaseAsync())[0];

        await SettleAsync(Mails.Deferred(first, Time.GetUtcNow()) with { Attempts = [] });

        Assert.Equal(1, Assert.Single(await LeaseAsync()).Attempt);
    }

    [Fact]
    public async Task New_mail_goes_before_retries_and_retries_are_not_starved()
    {
        for (int i = 0; i < 40; i++)
        {
            await AddAsync("bob@one.test");
        }

        foreach (Delivery delivery in await LeaseAsync())
        {
            await SettleAsync(Mails.Deferred(delivery, Time.GetUtcNow().AddMinutes(1)));
        }

        Time.Advance(TimeSpan.FromMinutes(2));
        for (int i = 0; i < 40; i++)
        {
            await AddAsync("bob@one.test");
        }

        int retries = (await LeaseAsync(atMost: 20)).Count(d => d.Attempt > 1);
        Assert.InRange(retries, 1, 7);
    }

    [Fact]
    public async Task Waiting_ends_when_mail_comes_when_a_retry_is_due_and_when_its_time_is_over()
    {
        await LeaseAsync();
        Task wait = _spool.WaitForWorkAsync(TimeSpan.FromHours(1), None).AsTask();
        Assert.False(wait.IsCompleted);
        await AddAsync("bob@one.test");
        await wait;

        await SettleAsync(Mails.Deferred((await LeaseAsync())[0], Time.GetUtcNow().AddMinutes(5)));
        Assert.Empty(await LeaseAsync());
        wait = _spool.WaitForWorkAsync(TimeSpan.FromHours(1), None).AsTask();
        Time.Advance(TimeSpan.FromMinutes(5));
        await wait;

        await SettleAsync(Mails.Delivered((await LeaseAsync())[0]));
        Assert.Empty(await LeaseAsync());
        wait = _spool.WaitForWorkAsync(TimeSpan.FromMinutes(1), None).AsTask();
        Time.Advance(TimeSpan.FromMinutes(1));
        await wait;
    }

    [Fact]
    public async Task Many_at_once_are_all_kept_and_leased_once_each()
    {
        SpoolId[] added = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => AddAsync($"r@d{i % 7}.test")));
        var leased = new List<Delivery>();
        while (await LeaseAsync(atMost: 50) is { Count: > 0 } some)
        {
            leased.AddRange(some);
        }

        Assert.Equal(added.Order(Comparer<SpoolId>.Create((a, b) => a.Value.CompareTo(b.Value))), leased.Select(d => d.Id).OrderBy(i => i.Value));
        await _spool.SettleAsync([.. leased.Select(Mails.Delivered)], None);
        Assert.Empty(await LeaseAsync());
    }

    private protected Task<SpoolId> AddAsync(string recipient) => AddAsync(Mails.Envelope(recipient));

    private protected async Task<SpoolId> AddAsync(Envelope envelope) =>
        Assert.IsType<SpoolAdd.Queued>(await _spool.AddAsync(envelope, Mails.Content(), None)).Id;

    private protected async Task<IReadOnlyList<Delivery>> LeaseAsync(int atMost = 1000, Func<Destination, int>? room = null) =>
        await _spool.LeaseAsync(new LeaseRequest(atMost, room ?? (_ => 1000)), None);

    private protected async Task SettleAsync(Settlement settlement) => await _spool.SettleAsync([settlement], None);

    private async Task<string> ContentAsync(Delivery delivery)
    {
        if (delivery.Content is { } inMemory)
        {
            return await Mails.TextAsync(inMemory);
        }

        await using var content = await _spool.OpenAsync(delivery.Id, None);
        return await Mails.TextAsync(content!);
    }
}
