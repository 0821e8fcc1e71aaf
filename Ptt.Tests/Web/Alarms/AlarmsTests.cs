using Microsoft.Extensions.DependencyInjection;
using Ptt.Tests.Support;
using Ptt.Web.Alarms;

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
    public async Task Alarms_outlive_a_restart()
    {
        using var directory = new TemporaryDirectory();
        await using (ApiHost first = await ApiHost.StartAsync(directory: directory.Path))
        {
            first.Services.GetRequiredService<IAlarms>().Raise("keys.vanished:example.org", AlarmSeverity.Critical, "gone");
        }

        await using ApiHost second = await ApiHost.StartAsync(directory: directory.Path);
        Assert.Equal("gone", Assert.Single(second.Services.GetRequiredService<IAlarms>().Current).Text);
    }
}
