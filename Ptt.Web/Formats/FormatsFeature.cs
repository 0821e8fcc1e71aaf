using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Ptt.Web.Configuration;

namespace Ptt.Web.Formats;

/// <summary>The forms of what lies in the data directory, from one release to the next and back by one (docs/upgrading.md).</summary>
internal static class FormatsFeature
{
    public static T AddFormats<T>(this T builder) where T : IHostApplicationBuilder
    {
        builder.Services.AddSingleton<IConfigureOptions<KestrelServerOptions>, FormatsCheck>();
        return builder;
    }

    /// <summary>A database that lies under its name in the data directory.</summary>
    public static IServiceCollection AddStore(this IServiceCollection services, StoreFormat format, string name) =>
        services.AddSingleton(s => DataStore.At(format, s.GetRequiredService<DataDirectory>().File(name)));

    /// <summary>A JSON file that lies under its name in the data directory.</summary>
    public static IServiceCollection AddJsonForm(this IServiceCollection services, string name, int known) =>
        services.AddSingleton(s => new JsonForm(s.GetRequiredService<DataDirectory>().File(name), known));
}
