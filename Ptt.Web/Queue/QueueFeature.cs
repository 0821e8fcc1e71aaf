using Microsoft.Extensions.Options;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;
using Ptt.Web.Configuration;
using Ptt.Web.Formats;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Suppressions;
using Ptt.Web.Queue.Tracing;
using Ptt.Web.Queue.Webhooks;

namespace Ptt.Web.Queue;

internal static class QueueFeature
{
    public static WebApplicationBuilder AddQueue(this WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        builder.AddSection<SpoolOptions>(SpoolOptions.Section);
        builder.AddSection<SuppressionOptions>(SuppressionOptions.Section);
        builder.AddSection<WebhookOptions>(WebhookOptions.Section);
        if (!builder.Plays(Role.Relay))
        {
            return builder;
        }

        services.AddSingleton(s => s.GetRequiredService<IOptions<SpoolOptions>>().Value);
        services.AddSingleton(s => DataStore.At(SqliteSpool.Format, PathOf(s)));
        services.AddSingleton(s => new DataStore(TraceFiles.Format, [.. Directory.Exists(TraceOf(s)) ? Directory.EnumerateFiles(TraceOf(s), "*.db") : []]));
        services.AddStore(SuppressionList.Format, SuppressionList.FileName);
        services.AddStore(WebhookStore.Format, WebhookStore.FileName);
        services.AddSingleton(s => SqliteSpool.Open(
            PathOf(s), s.GetRequiredService<SpoolOptions>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<SqliteSpool>>()));
        services.AddSingleton<ISpool>(s => s.GetRequiredService<SqliteSpool>());
        services.AddSingleton<IDependency, SpoolDependency>();
        services.AddSingleton<QueueReader>();
        services.AddSingleton<Census>();
        services.AddSingleton<QueueJobStore>();
        services.AddSingleton<QueueJobs>();
        services.AddSingleton<Destinations>();
        services.AddSingleton<QueueService>();
        services.AddSingleton<IQueuedMail>(s => s.GetRequiredService<QueueService>());
        services.AddSingleton<IRecentMail, RecentMailOfLogins>();
        services.AddSingleton<QueueFeed>();
        services.AddSingleton<QueueMetrics>();
        services.AddSingleton<DiskAlarm>();
        services.AddSingleton(s => new TraceFiles(TraceOf(s)));
        services.AddSingleton<Narrator>();
        services.AddSingleton<TraceService>();
        services.AddSingleton<SuppressionList>();
        services.AddSingleton<ISuppressions>(s => s.GetRequiredService<SuppressionList>());
        services.AddSingleton<IStoryListener>(s => s.GetRequiredService<SuppressionList>());
        services.AddSingleton<WebhookStore>();
        services.AddSingleton<IStoryListener>(s => s.GetRequiredService<WebhookStore>());
        services.AddSingleton<IStoryListener, ResultsOfLogins>();
        services.AddHostedService<WebhookSender>();
        services.AddHostedService<QueueWorker>();
        return builder;
    }

    public static WebApplication MapQueue(this WebApplication app)
    {
        if (!app.Plays(Role.Relay))
        {
            return app;
        }

        app.MapQueueApi();
        app.MapMessagesApi();
        app.MapSuppressionsApi();
        app.MapWebhooksApi();
        return app;
    }

    private static string TraceOf(IServiceProvider services) => Path.Combine(Path.GetDirectoryName(PathOf(services))!, "trace");

    private static string PathOf(IServiceProvider services) =>
        services.GetRequiredService<SpoolOptions>().ConnectionString is { Length: > 0 } path
            ? Path.GetFullPath(path)
            : services.GetRequiredService<DataDirectory>().File("spool.db");
}
