using Microsoft.Extensions.Options;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;
using Ptt.Web.Configuration;
using Ptt.Web.Domains;

namespace Ptt.Web.Roles;

/// <summary>Which of the three machines this process is. What a role needs that it does not play is never made.</summary>
internal static class RolesFeature
{
    private static readonly (string Path, Role Role)[] Pages =
    [
        ("/users", Role.Submission), ("/test", Role.Submission), ("/keys", Role.Signer), ("/queue", Role.Relay), ("/messages", Role.Relay), ("/suppressions", Role.Relay),
        ("/explain", Role.Relay), ("/tls-reports", Role.Relay),
    ];

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
            builder.Services.AddSingleton<ISignatureRenewal, SignatureRenewal>();
        }

        if (!builder.Plays(Role.Submission))
        {
            builder.Services.AddSingleton<IOwnDomains, ConfiguredDomains>();
        }

        return builder;
    }

    public static WebApplication MapRoles(this WebApplication app)
    {
        app.Use((http, next) =>
        {
            if (Pages.FirstOrDefault(p => http.Request.Path.StartsWithSegments(p.Path)) is not { Path: not null } page || app.Plays(page.Role))
            {
                return next(http);
            }

            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return http.Response.WriteAsync($"This process does not play the role {page.Role} (Ptt:Roles).\n");
        });
        return app;
    }
}
