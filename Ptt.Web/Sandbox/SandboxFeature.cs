namespace Ptt.Web.Sandbox;

internal static class SandboxFeature
{
    public static WebApplicationBuilder AddSandbox(this WebApplicationBuilder builder)
    {
        return builder;
    }

    public static WebApplication MapSandbox(this WebApplication app)
    {
        return app;
    }
}
