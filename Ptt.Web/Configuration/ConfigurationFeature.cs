using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Ptt.Web.Configuration;

/// <summary>
/// Where settings come from and how they are checked: appsettings.json, environment (<c>Ptt__…</c>), command line (<c>--Ptt:…</c>), and
/// for every key a file twin. The other rooms say what their keys are (<see cref="OptionsSections.AddSection"/>).
/// </summary>
internal static class ConfigurationFeature
{
    /// <summary>
    /// Settings files are looked at every few seconds instead of watched, from the first provider on: a watcher hears of every write anywhere below the directory
    /// of the file, and that is where the queue lies.
    /// </summary>
    public static void PollFiles() =>
        Environment.SetEnvironmentVariable("DOTNET_USE_POLLING_FILE_WATCHER", Environment.GetEnvironmentVariable("DOTNET_USE_POLLING_FILE_WATCHER") ?? "true");

    public static T AddConfiguration<T>(this T builder) where T : IHostApplicationBuilder
    {
        var files = new SecretFiles((IConfigurationRoot)builder.Configuration);
        builder.Configuration.Add(files);
        builder.Services.AddSingleton(files);
        builder.Services.AddSingleton<ConfigurationCheck>();
        builder.Services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(s => s.GetRequiredService<ConfigurationCheck>());
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<DataDirectory>();
        builder.AddSection<PttOptions>(PttOptions.Section)
            .PostConfigure(o => o.Hostname = o.Hostname.Length > 0 ? o.Hostname : Environment.MachineName);
        builder.Services.AddOptions<HostOptions>().Configure(o => o.ShutdownTimeout = TimeSpan.FromSeconds(25));
        return builder;
    }

    /// <summary>Stops here, with every fault named, when the configuration cannot be used. Before anything opens a file or a port.</summary>
    public static WebApplication CheckConfiguration(this WebApplication app)
    {
        app.Services.GetRequiredService<ConfigurationCheck>().ThrowIfFaulty();
        return app;
    }
}
