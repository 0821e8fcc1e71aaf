namespace Ptt.Web.Shell;

internal static class ShellFeature
{
    public static WebApplicationBuilder AddShell(this WebApplicationBuilder builder)
    {
        return builder;
    }

    public static WebApplication MapShell(this WebApplication app)
    {
        return app;
    }
}
