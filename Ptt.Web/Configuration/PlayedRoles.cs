using Ptt.Smtp.Pipeline;

namespace Ptt.Web.Configuration;

/// <summary>
/// Which roles this process plays, asked while the program is composed: what a role needs that is not played is never made, so that private keys are
/// only on the signer, users only on the submission server and mail only on the relay. What is no role at all is named by the check of the configuration.
/// </summary>
public static class PlayedRoles
{
    public static bool Plays(this IHostApplicationBuilder builder, Role role) => Plays(builder.Configuration, role);

    public static bool Plays(this WebApplication app, Role role) => Plays(app.Configuration, role);

    public static bool Plays(this IConfiguration configuration, Role role)
    {
        string?[] roles = [.. configuration.GetSection("Ptt:Roles").GetChildren().Select(r => r.Value)];
        return roles.Length == 0 || roles.Any(r => Enum.TryParse(r, ignoreCase: true, out Role played) && played == role);
    }
}
