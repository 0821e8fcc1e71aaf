namespace Ptt.Web.Listeners;

internal static class ListenersFeature
{
    public static WebApplicationBuilder AddListeners(this WebApplicationBuilder builder)
    {
        return builder;
    }

    public static WebApplication MapListeners(this WebApplication app)
    {
        return app;
    }
}
