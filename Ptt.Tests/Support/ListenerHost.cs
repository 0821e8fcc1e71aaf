using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Sasl;
using Ptt.Web.Acme;
using Ptt.Web.Alarms;
using Ptt.Web.Configuration;
using Ptt.Web.Links;
using Ptt.Web.Listeners;

namespace Ptt.Tests.Support;

/// <summary>The real listeners on Kestrel, on ports of loopback that the system chose, in front of a <see cref="RecordingHop"/>.</summary>
internal sealed class ListenerHost : IAsyncDisposable, IEntrances, IAlarms
{
    private readonly TemporaryDirectory _data = new();
    private readonly List<Alarm> _alarms = [];
    private WebApplication? _app;

    public RecordingHop Hop { get; } = new();

    public StaticAuthenticator Users { get; } = new("ada@example.test", "service@example.test");

    public SmtpListeners Listeners => _app!.Services.GetRequiredService<SmtpListeners>();

    public IServiceProvider Services => _app!.Services;

    public string DataDirectory => _data.Path;

    public IReadOnlyList<Alarm> Current => _alarms;

    public event Action? Changed;

    public static Task<ListenerHost> StartAsync(params (string Key, string Value)[] settings) => StartAsync(_ => { }, settings);

    /// <summary><paramref name="prepare"/> gets the data directory before anything reads it.</summary>
    public static async Task<ListenerHost> StartAsync(Action<string> prepare, params (string Key, string Value)[] settings)
    {
        var host = new ListenerHost();
        prepare(host.DataDirectory);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.AddRouting();
        builder.Logging.ClearProviders();
        builder.Services.AddMetrics();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Ptt:DataDirectory"] = host.DataDirectory,
            ["Ptt:Hostname"] = "mail.example.test",
            ["Ptt:Http:EndPoint"] = "127.0.0.1:0",
            ["Ptt:Listeners:0:Role"] = "Submission",
            ["Ptt:Listeners:0:EndPoint"] = "127.0.0.1:0",
            ["Ptt:Listeners:0:Tls"] = "Implicit",
            ["Ptt:Listeners:1:Role"] = "Submission",
            ["Ptt:Listeners:1:EndPoint"] = "127.0.0.1:0",
            ["Ptt:Listeners:1:Tls"] = "StartTls",
            ["Ptt:Listeners:2:Role"] = "Relay",
            ["Ptt:Listeners:2:EndPoint"] = "127.0.0.1:0",
            ["Ptt:Listeners:2:Tls"] = "None",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.AddConfiguration();
        builder.Services.AddSingleton<IEntrances>(host);
        builder.Services.AddSingleton<IAuthenticator>(host.Users);
        builder.Services.AddSingleton<IAlarms>(host);
        builder.AddLinks();
        builder.AddAcme();
        builder.AddListeners();
        host._app = builder.Build();
        host._app.CheckConfiguration();
        await host._app.StartAsync();
        return host;
    }

    public int Port(Role role, ListenerTls tls) => Listeners.Bound.First(b => b.Role == role && b.Tls == tls).EndPoint.Port;

    public INextHop For(Role role) => Hop;

    public Task StopAsync() => _app!.StopAsync();

    public void Raise(string name, AlarmSeverity severity, Wording text, string? link = null)
    {
        _alarms.RemoveAll(a => a.Name == name);
        _alarms.Add(new Alarm(name, severity, text, link, default, default));
        Changed?.Invoke();
    }

    public void Clear(string name) => _alarms.RemoveAll(a => a.Name == name);

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }

        _data.Dispose();
    }
}
