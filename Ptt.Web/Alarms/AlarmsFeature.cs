namespace Ptt.Web.Alarms;

internal static class AlarmsFeature
{
    public static WebApplicationBuilder AddAlarms(this WebApplicationBuilder builder)
    {
        return builder;
    }

    public static WebApplication MapAlarms(this WebApplication app)
    {
        return app;
    }
}
