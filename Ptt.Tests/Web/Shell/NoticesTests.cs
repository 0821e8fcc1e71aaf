using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Tests.Browser;
using Ptt.Web.Alarms;
using Ptt.Web.Queue.Webhooks;
using Ptt.Web.Sandbox;
using Ptt.Web.Shell.Notices;

namespace Ptt.Tests.Web.Shell;

/// <summary>Alarms reach people who are not looking: by mail through the whole chain, and by webhook.</summary>
public sealed class NoticesTests : IAsyncLifetime
{
    private readonly PttApp _app = new(("Ptt:Alarms:MailTo:0", "root@example.com"), ("Ptt:Alarms:Gather", "40.00:00:00"));

    public Task InitializeAsync()
    {
        _app.StartServer();
        return World.FillAsync(_app.Services);
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public void A_webhook_is_told_the_whole_alarm()
    {
        var alarm = new Alarm("disk.low", AlarmSeverity.Critical, $"{3} left", "/settings", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);
        string body = JsonSerializer.Serialize(new AlarmBody(WebhookEvent.AlarmRaised, DateTimeOffset.UnixEpoch, AlarmView.Of(alarm)), AlarmBodyJson.Default.AlarmBody);
        Assert.Equal(
            """{"type":"alarm.raised","timestamp":"1970-01-01T00:00:00+00:00","data":{"name":"disk.low","severity":"Critical","text":"3 left","link":"/settings","since":"1970-01-01T00:00:00+00:00","lastSeen":"1970-01-01T00:00:00+00:00","acknowledged":null,"silenced":null}}""",
            body);
    }

    [Fact]
    public async Task What_is_new_is_told_once_and_what_is_silent_is_not()
    {
        IServiceProvider services = _app.Services;
        AlarmBoard board = services.GetRequiredService<AlarmBoard>();
        AlarmNotices notices = services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<AlarmNotices>().Single();
        WebhookStore hooks = services.GetRequiredService<WebhookStore>();
        WebhookEndpoint hook = hooks.Add(new Uri("https://hooks.example.com/ptt"), [WebhookEvent.AlarmRaised, WebhookEvent.AlarmEnded]);
        foreach (Alarm old in board.Current)
        {
            board.Clear(old.Name);
        }

        board.Raise("test.loud", AlarmSeverity.Critical, $"The disk has {"1 <b>GiB</b>\r\nBcc: x@example.com"} left.", "/settings");
        board.Raise("test.silent", AlarmSeverity.Critical, "nobody hears this");
        board.Silence("test.silent", DateTimeOffset.MaxValue, "ada");
        board.Raise("test.mild", AlarmSeverity.Notice, "nor this");
        await notices.TellAsync(CancellationToken.None);
        await notices.TellAsync(CancellationToken.None);
        board.Clear("test.loud");
        await notices.TellAsync(CancellationToken.None);

        SandboxInbox inbox = services.GetRequiredService<SandboxInbox>();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (inbox.Messages.Count() < 2)
        {
            await Task.Delay(50, patience.Token);
        }

        SandboxMessage[] mails = [.. inbox.Messages.OrderBy(m => m.Subject, StringComparer.Ordinal)];   // Critical before Over
        Assert.Equal(2, mails.Length);
        Assert.All(mails, m => Assert.Equal(["root@example.com"], m.RcptTo));
        Assert.All(mails, m => Assert.All(m.Signatures, s => Assert.Equal("pass", s.Result)));
        Assert.StartsWith("[Ptt ", mails[0].Subject, StringComparison.Ordinal);
        Assert.Contains("Critical: The disk has 1 <b>GiB</b>", mails[0].Subject, StringComparison.Ordinal);
        Assert.Contains("Over: ", mails[1].Subject, StringComparison.Ordinal);
        Assert.DoesNotContain("nobody hears this", Encoding.UTF8.GetString(mails[0].Raw.Span), StringComparison.Ordinal);

        string[] told = [.. hooks.Undelivered(hook.Id, null, null, 10).Select(e => e.Type)];
        Assert.Equal([WebhookEvent.AlarmEnded, WebhookEvent.AlarmRaised], told);
    }
}
