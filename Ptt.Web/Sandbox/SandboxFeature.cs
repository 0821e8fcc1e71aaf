using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Ptt.Web.Configuration;

namespace Ptt.Web.Sandbox;

/// <summary>
/// The world in one process, for the first run and for tests: a name server with our domain and a dozen others, and the MX of them all. The other rooms
/// do not know: they find it by their ordinary keys (<see cref="SandboxSettings"/>). Outside Development nothing of it exists.
/// </summary>
internal static class SandboxFeature
{
    public static WebApplicationBuilder AddSandbox(this WebApplicationBuilder builder)
    {
        builder.AddSection<SandboxOptions>(SandboxOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<SandboxOptions>, SandboxOptionsValidator>();
        builder.Services.AddSingleton<SandboxInbox>();
        if (SandboxSettings.IsOn(builder))
        {
            builder.Services.AddSingleton(SandboxSettings.Add(builder.Configuration));
            builder.Services.AddSingleton<SandboxHop>();
            builder.Services.AddSingleton<IConfigureOptions<KestrelServerOptions>, SandboxMx>();
            builder.Services.AddHostedService<SandboxWorld>();
        }

        return builder;
    }

    public static WebApplication MapSandbox(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<SandboxOptions>>().Value.Enabled)
        {
            app.MapSandboxApi();
        }

        return app;
    }
}
