using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Playwright;
using Ptt.Mail;
using Ptt.Web.Alarms;
using Ptt.Web.Queue.Suppressions;
using Ptt.Web.Queue.Webhooks;

namespace Ptt.Tests.Browser;

/// <summary>Alarms, webhooks and suppressions, used by a person.</summary>
[Collection(BrowserCollection.Name)]
public sealed class NoticeButtonTests(BrowserFixture fixture)
{
    [Fact]
    [Presses("/alarms/acknowledge", "/alarms/unacknowledge", "/alarms/silence", "/alarms/unsilence")]
    public async Task An_alarm_is_acknowledged_and_silenced_and_both_are_taken_back()
    {
        var board = fixture.App.Services.GetRequiredService<AlarmBoard>();
        Alarm Now() => board.Current.Single(a => a.Name == "certificate.ending");
        const string Row = "tr:has-text('certificate.ending')";
        IPage page = await fixture.WorkingAsync();
        await page.GotoAsync("/alarms");
        await page.PressButtonAsync("/alarms/acknowledge", "you see to it", Row);
        Assert.NotNull(Now().Acknowledged);
        await Assertions.Expect(page.Locator(Row)).ToContainTextAsync("sees to it");
        await page.PressButtonAsync("/alarms/silence", "Nobody is told of it for", Row);
        Assert.NotNull(Now().Silenced);
        await Assertions.Expect(page.Locator(Row)).ToContainTextAsync("silent");
        await fixture.ShootAsync(page, "alarm-seen-and-silent");
        await page.PressButtonAsync("/alarms/unsilence", "told of it again", Row);
        await page.PressButtonAsync("/alarms/unacknowledge", "Nobody sees to it now", Row);
        Assert.Equal((null, null), (Now().Acknowledged, Now().Silenced));
    }

    [Fact]
    [Presses("/suppressions/add", "/suppressions/remove")]
    public async Task A_recipient_is_suppressed_and_let_go()
    {
        var list = fixture.App.Services.GetRequiredService<SuppressionList>();
        Mailbox recipient = Mailbox.Parse("nobody@nine.test");
        IPage page = await fixture.WorkingAsync();
        await page.GotoAsync("/suppressions");
        await page.ClickAsync("summary:has-text('Suppress a recipient')");
        await page.FillAsync("#address", recipient.ToString());
        await page.FillAsync("#reason", "asked by phone");
        await page.PressButtonAsync("/suppressions/add", "Nothing more is sent to nobody@nine.test");
        Assert.Equal("asked by phone", list.Find(recipient)!.Reason);
        await page.GotoAsync("/suppressions?q=nine.test");
        await page.PressButtonAsync("/suppressions/remove", "is tried again", "tr:has-text('nobody@nine.test')");
        Assert.Null(list.Find(recipient));
    }

    [Fact]
    [Presses("/webhooks/change", "/webhooks/test", "/webhooks/replay", "/webhooks/rotate", "/webhooks/remove")]
    public async Task A_webhook_is_added_changed_by_one_administrator_at_a_time_and_its_dead_letters_are_tried_again()
    {
        var store = fixture.App.Services.GetRequiredService<WebhookStore>();
        IPage page = await fixture.WorkingAsync();
        await page.GotoAsync("/webhooks");
        if (await page.Locator("details:not([open]) > summary:has-text('Add a webhook')").CountAsync() > 0)
        {
            await page.ClickAsync("summary:has-text('Add a webhook')");
        }

        await page.FillAsync("#url", "https://buttons.example.com/first");
        await page.CheckAsync("input[value='message.failed']");
        await page.ClickAsync("main form:has(#url) button[type=submit]");
        await Assertions.Expect(page.Locator(".made")).ToContainTextAsync("Its secret checks our signatures");
        WebhookEndpoint hook = store.Endpoints.Single(e => e.Url.Host == "buttons.example.com");

        await page.GotoAsync("/webhooks/" + hook.Id);
        await using IBrowserContext colleague = await fixture.AdministratorAsync();
        IPage theirs = await colleague.NewPageAsync();
        await theirs.GotoAsync("/webhooks/" + hook.Id);
        await page.ClickAsync("summary:has-text('Address and events')");
        await page.FillAsync("#url", "https://buttons.example.com/second");
        await page.PressButtonAsync("/webhooks/change", "Saved");
        await theirs.ClickAsync("summary:has-text('Address and events')");
        await theirs.FillAsync("#url", "https://buttons.example.com/third");
        await theirs.PressButtonAsync("/webhooks/change", "Someone else changed this in the meantime", kind: "bad");
        Assert.Equal("/second", store.Find(hook.Id)!.Url.AbsolutePath);

        string secret = store.Find(hook.Id)!.Secret;
        await page.PressButtonAsync("/webhooks/rotate", "The new secret, shown this once");
        Assert.NotEqual(secret, store.Find(hook.Id)!.Secret);
        await page.PressButtonAsync("/webhooks/test", "A test event is on its way");
        WebhookSender sender = fixture.App.Services.GetServices<IHostedService>().OfType<WebhookSender>().Single();
        await sender.StopAsync(default);   // or it tries the two at once, and what it finds is told after ours
        store.Put([new WebhookEvent("dead-1", "m", "message.failed", "{}"u8.ToArray()), new WebhookEvent("dead-2", "m", "message.failed", "{}"u8.ToArray())], [store.Find(hook.Id)!]);
        foreach (OutgoingEvent e in store.Undelivered(hook.Id, null, null, 10).Where(e => e.Id.StartsWith("dead-", StringComparison.Ordinal)))
        {
            store.Failed(e, "500 Internal Server Error", null);
        }

        await page.GotoAsync($"/webhooks/{hook.Id}?dead=yes");
        await fixture.ShootAsync(page, "dead-letters");
        await page.PressButtonAsync("/webhooks/replay", "1 dead letters are tried again", "tr:has-text('dead-1')");
        await page.PressButtonAsync("/webhooks/replay", "1 dead letters are tried again", ".page-actions");
        Assert.Empty(store.Undelivered(hook.Id, true, null, 10));
        await sender.StartAsync(default);
        await page.PressButtonAsync("/webhooks/remove", "It is removed", ".page-actions", typed: "buttons.example.com");
        Assert.Null(store.Find(hook.Id));
    }
}
