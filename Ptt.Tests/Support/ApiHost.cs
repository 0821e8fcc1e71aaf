using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ptt.Web.Access;
using Ptt.Web.Alarms;
using Ptt.Web.Configuration;
using Ptt.Web.Http;

namespace Ptt.Tests.Support;

/// <summary>The API of some rooms, in memory: no sockets, a data directory of its own, a clock that is turned by hand.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    public const string InitialToken = "initial-token-of-the-tests";

    private readonly TemporaryDirectory? _own;

    private ApiHost(WebApplication app, ManualTime time, TemporaryDirectory? own) => (App, Time, _own) = (app, time, own);

    public WebApplication App { get; }

    public ManualTime Time { get; }

    public IServiceProvider Services => App.Services;

    public static async Task<ApiHost> StartAsync(
        Action<WebApplicationBuilder>? add = null, Action<WebApplication>? map = null, string? directory = null, ManualTime? time = null,
        params (string Key, string Value)[] settings)
    {
        TemporaryDirectory? own = directory is null ? new() : null;
        time ??= new ManualTime();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        builder.Services.AddRouting();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Ptt:DataDirectory"] = directory ?? own!.Path,
            ["Ptt:Admin:ApiToken"] = InitialToken,
        }.Concat(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))));
        builder.AddConfiguration();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.AddHttp();
        builder.AddAccess();
        builder.AddAlarms();
        add?.Invoke(builder);
        WebApplication app = builder.Build();
        app.CheckConfiguration();
        app.MapHttp();
        app.MapAccess();
        app.MapAlarms();
        map?.Invoke(app);
        await app.StartAsync();
        return new ApiHost(app, time, own);
    }

    /// <summary>A client that sends <paramref name="token"/>; the initial one when nothing is said, none for the empty string.</summary>
    public HttpClient Client(string token = InitialToken)
    {
        HttpClient client = App.GetTestClient();
        if (token.Length > 0)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _own?.Dispose();
    }
}
