using Microsoft.Extensions.Options;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;
using Ptt.Web.Configuration;

namespace Ptt.Web.Roles;

/// <summary>Which of the three machines this process is. What a role needs that it does not play is never made.</summary>
internal static class RolesFeature
{
    public static WebApplicationBuilder AddRoles(this WebApplicationBuilder builder)
    {
        builder.AddSection<RoleOptions>(RoleOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<RoleOptions>, RoleOptionsValidator>();
        builder.AddSection<RelayOptions>(RelayOptions.Section)
            .PostConfigure<IOptions<PttOptions>>((o, ptt) => o.HeloName = o.HeloName.Length > 0 ? o.HeloName : ptt.Value.Hostname);
        builder.Services.AddSingleton<IEntrances, PipelineFactory>();
        if (builder.Plays(Role.Relay))
        {
            builder.Services.AddRelay();
        }
        else
        {
            builder.Services.AddSmtpClient();
        }

        if (builder.Plays(Role.Signer))
        {
            builder.Services.AddSingleton<IReportSigner, ReportSigner>();
        }

        return builder;
    }

    /// <summary>Asked while the program is composed, before options are bound; what is no role at all is named by the check of the configuration.</summary>
    public static bool Plays(this WebApplicationBuilder builder, Role role)
    {
        string?[] roles = [.. builder.Configuration.GetSection("Ptt:Roles").GetChildren().Select(r => r.Value)];
        return roles.Length == 0 || roles.Any(r => Enum.TryParse(r, ignoreCase: true, out Role played) && played == role);
    }

    public static WebApplication MapRoles(this WebApplication app)
    {
        return app;
    }
}
