using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Tests.Support;
using Ptt.Web.Alarms;
using Ptt.Web.Shell.Notices;

namespace Ptt.Tests.Web.Alarms;

public sealed class AlarmsTests
{
    [Fact]
    public async Task Raising_again_refreshes_and_clearing_ends()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        IAlarms alarms = host.Services.GetRequiredService<IAlarms>();
        int changes = 0;
        alarms.Changed += () => changes++;
        DateTimeOffset first = host.Time.GetUtcNow();
        alarms.Raise("git.refused", AlarmSeverity.Warning, "old");
        host.Time.Advance(TimeSpan.FromMinutes(1));
        alarms.Raise("git.refused", AlarmSeverity.Critical, "new", "/users");

        Assert.Equal(new Alarm("git.refused", AlarmSeverity.Critical, "new", "/users", first, host.Time.GetUtcNow()), Assert.Single(alarms.Current));
        alarms.Clear("git.refused");
        alarms.Clear("git.refused");
        Assert.Empty(alarms.Current);
        Assert.Equal(3, changes);
    }

    [Fact]
    public async Task Alarms_with_their_marks_and_silences_outlive_a_restart()
    {
        using var directory = new TemporaryDirectory();
        var time = new ManualTime();
        await using (ApiHost first = await ApiHost.StartAsync(directory: directory.Path, time: time))
        {
            AlarmBoard board = first.Services.GetRequiredService<AlarmBoard>();
            board.Raise("keys.vanished:example.org", AlarmSeverity.Critical, $"gone since {3} days {{so}}");
            board.Acknowledge("keys.vanished:example.org", "ada@example.org");
            board.Silence("disk.low", time.GetUtcNow().AddHours(1), "ada@example.org");
        }

        await using ApiHost second = await ApiHost.StartAsync(directory: directory.Path, time: time);
        AlarmBoard again = second.Services.GetRequiredService<AlarmBoard>();
        Alarm alarm = Assert.Single(again.Current);
        Assert.Equal("gone since 3 days {so}", alarm.Text);
        Assert.Equal("gone since {0} days {{so}}", alarm.Words.Format);
        Assert.Equal("ada@example.org", alarm.Acknowledged?.By);
        again.Raise("disk.low", AlarmSeverity.Critical, "low");
        Assert.NotNull(again.Find("disk.low")!.Silenced);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Null(again.Find("disk.low")!.Silenced);
    }

    [Fact]
    public async Task What_becomes_worse_is_nobodys_any_more()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        AlarmBoard board = host.Services.GetRequiredService<AlarmBoard>();
        board.Raise("x", AlarmSeverity.Warning, "a");
        board.Acknowledge("x", "ada");
        board.Raise("x", AlarmSeverity.Warning, "b");
        Assert.NotNull(board.Find("x")!.Acknowledged);
        board.Raise("x", AlarmSeverity.Critical, "c");
        Assert.Null(board.Find("x")!.Acknowledged);
    }

    [Fact]
    public async Task The_API_acknowledges_and_silences_and_says_who_did()
    {
        await using ApiHost host = await ApiHost.StartAsync(map: a => a.MapAlarmsApi());
        HttpClient client = host.Client();
        host.Services.GetRequiredService<IAlarms>().Raise("keys.vanished:example.org", AlarmSeverity.Critical, "gone", "/keys/example.org");

        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/api/v1/alarms/keys.vanished:example.org/acknowledge", null)).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await client.PostAsJsonAsync("/api/v1/alarms/keys.vanished:example.org/silence", new { hours = 0 })).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await client.PostAsJsonAsync("/api/v1/alarms/keys.vanished:example.org/silence", new { hours = 24 })).StatusCode);
        JsonElement alarm = (await client.GetFromJsonAsync<JsonElement>("/api/v1/alarms")).GetProperty("items")[0];
        Assert.Equal("token initial token", alarm.GetProperty("acknowledged").GetProperty("by").GetString());
        Assert.Equal(host.Time.GetUtcNow().AddHours(24), alarm.GetProperty("silenced").GetProperty("until").GetDateTimeOffset());
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync("/api/v1/alarms/keys.vanished:example.org/silence")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.PostAsync("/api/v1/alarms/nothing/acknowledge", null)).StatusCode);
        string audit = await client.GetStringAsync("/api/v1/audit?action=alarm.");
        Assert.Contains("alarm.acknowledge", audit, StringComparison.Ordinal);
        Assert.Contains("alarm.silence", audit, StringComparison.Ordinal);
    }
}
