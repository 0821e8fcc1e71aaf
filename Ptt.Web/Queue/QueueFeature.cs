using Microsoft.Extensions.Options;
using Ptt.Smtp.Relay;
using Ptt.Web.Configuration;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Web.Queue;

internal static class QueueFeature
{
    public static WebApplicationBuilder AddQueue(this WebApplicationBuilder builder)
    {
        builder.AddSection<SpoolOptions>(SpoolOptions.Section);
        builder.Services.AddSingleton(services =>
        {
            SpoolOptions options = services.GetRequiredService<IOptions<SpoolOptions>>().Value;
            string path = options.ConnectionString.Length > 0
                ? Path.GetFullPath(options.ConnectionString)
                : services.GetRequiredService<DataDirectory>().File("spool.db");
            return SqliteSpool.Open(path, options, services.GetRequiredService<TimeProvider>(),
                services.GetRequiredService<ILogger<SqliteSpool>>());
        });
        builder.Services.AddSingleton<ISpool>(services => services.GetRequiredService<SqliteSpool>());
        return builder;
    }

    public static WebApplication MapQueue(this WebApplication app)
    {
        return app;
    }
}
