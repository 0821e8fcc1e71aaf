using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Ptt.Smtp.Pipeline;
using Ptt.Tests.Support;
using Ptt.Web.Alarms;
using Ptt.Web.Configuration;
using Ptt.Web.Links;

namespace Ptt.Tests.Web.Links;

/// <summary>The life of a certificate between our machines: renewed at two thirds; where it cannot be, an alarm, and at its end <c>/readyz</c> says so.</summary>
public sealed class LinkLifeTests : IDisposable
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(30);

    private readonly TemporaryDirectory _authority = new();
    private readonly TemporaryDirectory _data = new();
    private readonly ManualTime _time = new();
    private readonly AlarmBoard _alarms;

    public LinkLifeTests()
    {
        _alarms = new AlarmBoard(_time, NullLogger<AlarmBoard>.Instance);
        Assert.True(Authority.Create(_authority.Path, _time));
        Directory.CreateDirectory(_data.File("link"));
        Issue();
        File.Copy(Path.Combine(_authority.Path, "authority.pem"), _data.File("link/authority.pem"));
    }

    public void Dispose()
    {
        _authority.Dispose();
        _data.Dispose();
    }

    [Fact]
    public async Task Where_the_authority_is_it_is_renewed_at_two_thirds_of_its_life_and_not_before()
    {
        string own = Directory.CreateDirectory(_data.File("authority")).FullName;
        foreach (string file in Directory.GetFiles(_authority.Path))
        {
            File.Copy(file, Path.Combine(own, Path.GetFileName(file)));
        }

        using LinkCertificates links = New();
        X509Certificate2 first = links.Client!;
        _time.Advance(Life * 0.66);
        await links.CheckAsync(CancellationToken.None);
        Assert.Equal(first.Thumbprint, links.Client!.Thumbprint);

        _time.Advance(Life * 0.01);
        await links.CheckAsync(CancellationToken.None);
        Assert.NotEqual(first.Thumbprint, links.Client!.Thumbprint);
        Assert.Equal(_time.GetUtcNow().UtcDateTime + Life, links.Client.NotAfter.ToUniversalTime(), TimeSpan.FromMinutes(10));
        Assert.Empty(_alarms.Current);
    }

    [Fact]
    public async Task Where_it_is_not_an_alarm_asks_for_a_new_one_grows_worse_and_ends_with_it()
    {
        using LinkCertificates links = New();
        var ready = new LinkReady(links, _time);
        await links.CheckAsync(CancellationToken.None);
        Assert.Empty(_alarms.Current);

        _time.Advance(TimeSpan.FromDays(23));                                // seven of thirty are left: less than a quarter
        await links.CheckAsync(CancellationToken.None);
        Assert.Equal(("link.expires", AlarmSeverity.Warning), Only());
        Assert.True((await ready.ProbeAsync(CancellationToken.None)).IsReady);

        _time.Advance(TimeSpan.FromDays(5));
        await links.CheckAsync(CancellationToken.None);
        Assert.Equal(("link.expires", AlarmSeverity.Critical), Only());

        _time.Advance(TimeSpan.FromDays(3));
        DependencyState ended = await ready.ProbeAsync(CancellationToken.None);
        Assert.False(ended.IsReady);
        Assert.Contains("ended at 2026-01-31", ended.Detail, StringComparison.Ordinal);

        Issue();
        await links.CheckAsync(CancellationToken.None);
        Assert.Empty(_alarms.Current);
        Assert.True((await ready.ProbeAsync(CancellationToken.None)).IsReady);
    }

    [Fact]
    public async Task A_file_that_is_no_certificate_leaves_the_old_one_in_force_and_raises_an_alarm()
    {
        using LinkCertificates links = New();
        X509Certificate2 first = links.Client!;
        await File.WriteAllTextAsync(_data.File("link/certificate.pem"), "nothing of the kind");
        File.SetLastWriteTimeUtc(_data.File("link/certificate.pem"), DateTime.UnixEpoch);
        await links.CheckAsync(CancellationToken.None);
        Assert.Equal(("link.unusable", AlarmSeverity.Critical), Only());
        Assert.Equal(first.Thumbprint, links.Client!.Thumbprint);
    }

    private (string Name, AlarmSeverity Severity) Only()
    {
        Alarm alarm = Assert.Single(_alarms.Current);
        return (alarm.Name, alarm.Severity);
    }

    private void Issue() =>
        File.WriteAllText(_data.File("link/certificate.pem"), Authority.Issue(_authority.Path, [Role.Relay], ["relay.example", "::1"], Life, _time));

    private LinkCertificates New() => new(Options.Create(new LinksOptions()), new DataDirectory(_data.Path), _alarms, _time, NullLogger<LinkCertificates>.Instance);
}
