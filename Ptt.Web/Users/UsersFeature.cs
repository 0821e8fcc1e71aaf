namespace Ptt.Web.Users;

internal static class UsersFeature
{
    public static WebApplicationBuilder AddUsers(this WebApplicationBuilder builder)
    {
        return builder;
    }

    public static WebApplication MapUsers(this WebApplication app)
    {
        return app;
    }
}
