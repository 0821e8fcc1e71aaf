using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue;
using Ptt.Web.Queue.Tracing;
using Ptt.Web.Shell.Trials;

namespace Ptt.Tests.Browser;

/// <summary>Every verb of the queue, pressed; and what a second administrator meets who looks at what the first has changed.</summary>
[Collection(BrowserCollection.Name)]
public sealed class QueueButtonTests(BrowserFixture fixture)
{
    private QueueService Queue => fixture.App.Services.GetRequiredService<QueueService>();

    [Fact]
    [Presses("/queue/destinations/pause", "/queue/destinations/resume", "/queue/verb/hold", "/queue/verb/release", "/queue/verb/retry", "/queue/verb/reroute", "/queue/verb/bounce", "/queue/verb/drop")]
    public async Task Each_verb_does_what_it_says_and_a_second_administrator_reads_what_the_first_has_done()
    {
        SpoolId first = await PutOffAsync("defer@one.test");
        SpoolId second = await PutOffAsync("defer@one.test");
        IPage page = await fixture.WorkingAsync();
        await page.GotoAsync("/queue/destinations?q=one.test");
        await page.PressButtonAsync("/queue/destinations/pause", "Nothing more goes to one.test");
        await fixture.ShootAsync(page, "queue-paused");

        await page.GotoAsync($"/messages/{first}");
        await using IBrowserContext colleague = await fixture.AdministratorAsync();
        IPage theirs = await colleague.NewPageAsync();
        await theirs.GotoAsync($"/messages/{second}");   // as it stands before the first acts

        await page.PressButtonAsync("/queue/verb/hold", "It is held until it is released");
        Assert.NotNull(Queue.Find(first)!.Deliveries[0].HoldReason);
        await page.PressButtonAsync("/queue/verb/release", "It is released");
        Assert.Null(Queue.Find(first)!.Deliveries[0].HoldReason);
        await page.PressButtonAsync("/queue/verb/retry", "It is tried now");
        await page.ClickAsync("summary:has-text('Send it another way')");
        await page.FillAsync("#via", "nonsense");
        await page.PressButtonAsync("/queue/verb/reroute", "is not host:port", kind: "bad");
        await page.ClickAsync("summary:has-text('Send it another way')");
        await page.FillAsync("#via", "127.0.0.1:9");
        await page.PressButtonAsync("/queue/verb/reroute", "It goes to 127.0.0.1:9");
        await fixture.ShootAsync(page, "queue-verbs");
        await page.PressButtonAsync("/queue/verb/bounce", "It goes back to its sender", typed: first.ToString()[^6..]);
        await Assertions.Expect(page.Locator(".timeline")).ToContainTextAsync("Returned to its sender");

        // Both had the second message before them; the first drops it, and the other's click changes nothing and says so.
        await page.GotoAsync($"/messages/{second}");
        await page.PressButtonAsync("/queue/verb/drop", "It is dropped", typed: second.ToString()[^6..]);
        Assert.Null(Queue.Find(second));
        await theirs.PressButtonAsync("/queue/verb/retry", "The message had left the queue, or there was nothing to change", kind: "bad");
        await Assertions.Expect(theirs.Locator(".timeline")).ToContainTextAsync("Dropped by");
        await fixture.ShootAsync(theirs, "two-at-a-message");

        await page.GotoAsync("/queue/destinations?q=one.test");
        await page.PressButtonAsync("/queue/destinations/resume", "Mail to one.test flows again");
    }

    [Fact]
    [Presses("/queue/bulk")]
    public async Task A_bulk_order_shows_its_progress_and_goes_on_when_the_page_is_left()
    {
        SpoolId[] sent = [await PutOffAsync("defer@three.test"), await PutOffAsync("defer@three.test")];
        IPage page = await fixture.WorkingAsync();
        await page.GotoAsync("/queue?destination=three.test");
        await page.ClickAsync("summary:has-text('With everything that matches')");
        await page.SelectOptionAsync("#verb", "drop");
        await page.FillAsync("#text", "of the tests");
        await page.FillAsync("#typed", "all");
        await page.ClickAsync(".bulk button[type=submit]");
        await page.WaitForURLAsync("**/queue/jobs/*");
        string job = page.Url;
        await page.GotoAsync("/queue");   // left before anybody saw its end
        await page.GotoAsync(job);
        await Assertions.Expect(page.Locator("section.card").First).ToContainTextAsync("2 found, 2 changed.");
        await Assertions.Expect(page.Locator("section.card .badge-good").First).ToHaveTextAsync("done");
        Assert.All(sent, id => Assert.Null(Queue.Find(id)));
    }

    // A message that the sandbox's exchanger has put off once: nothing happens to it by itself for a minute.
    private async Task<SpoolId> PutOffAsync(string to)
    {
        Trial trial = (await fixture.App.Services.GetRequiredService<TrialPost>().StartAsync(Mailbox.Parse("ada@example.test"), Mailbox.Parse(to), "put off", "test", CancellationToken.None))!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (trial.SpoolId is not { } id || Queue.Find(id) is not { Deliveries: [{ State: QueueState.Deferred }] })
        {
            Assert.True(trial.Reply is null or { Code: 250 }, trial.Reply?.ToString());
            await Task.Delay(20, patience.Token);
        }

        return trial.SpoolId.Value;
    }
}
