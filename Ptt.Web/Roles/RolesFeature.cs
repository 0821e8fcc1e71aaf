namespace Ptt.Web.Roles;

internal static class RolesFeature
{
    public static WebApplicationBuilder AddRoles(this WebApplicationBuilder builder)
    {
        return builder;
    }

    public static WebApplication MapRoles(this WebApplication app)
    {
        return app;
    }
}
