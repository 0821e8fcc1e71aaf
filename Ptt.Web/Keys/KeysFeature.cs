namespace Ptt.Web.Keys;

internal static class KeysFeature
{
    public static WebApplicationBuilder AddKeys(this WebApplicationBuilder builder)
    {
        return builder;
    }

    public static WebApplication MapKeys(this WebApplication app)
    {
        return app;
    }
}
