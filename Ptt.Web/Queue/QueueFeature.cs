namespace Ptt.Web.Queue;

internal static class QueueFeature
{
    public static WebApplicationBuilder AddQueue(this WebApplicationBuilder builder)
    {
        return builder;
    }

    public static WebApplication MapQueue(this WebApplication app)
    {
        return app;
    }
}
