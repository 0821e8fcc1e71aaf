using Microsoft.EntityFrameworkCore;
using Ptt.Web.Configuration;
using Ptt.Web.Formats;

namespace Ptt.Web.Alarms;

internal static class AlarmsFeature
{
    public static WebApplicationBuilder AddAlarms(this WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        builder.AddSection<AlarmOptions>(AlarmOptions.Section);
        services.AddDbContextFactory<AlarmsDb>((s, o) => o.UseSqlite($"Data Source={s.GetRequiredService<DataDirectory>().File(AlarmsDb.FileName)}"));
        services.AddStore(AlarmsDb.Format, AlarmsDb.FileName);
        services.AddSingleton<AlarmBoard>();
        services.AddSingleton<IAlarms>(s => s.GetRequiredService<AlarmBoard>());
        services.AddSingleton<AlarmMetrics>();
        services.AddHostedService<AlarmKeeper>();
        return builder;
    }

    public static WebApplication MapAlarms(this WebApplication app)
    {
        app.Services.GetRequiredService<AlarmMetrics>();   // counts from the start
        return app;
    }
}
