using Microsoft.Extensions.Options;
using Ptt.Web.Configuration;

namespace Ptt.Web.Roles;

internal static class RolesFeature
{
    public static WebApplicationBuilder AddRoles(this WebApplicationBuilder builder)
    {
        builder.AddSection<RoleOptions>(RoleOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<RoleOptions>, RoleOptionsValidator>();
        return builder;
    }

    public static WebApplication MapRoles(this WebApplication app)
    {
        return app;
    }
}
