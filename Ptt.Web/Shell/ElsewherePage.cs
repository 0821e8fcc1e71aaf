using Microsoft.Extensions.Options;
using Ptt.Smtp.Pipeline;
using Ptt.Web.Configuration;
using Ptt.Web.Roles;
using Ptt.Web.Ui;

namespace Ptt.Web.Shell;

/// <summary>
/// What stands at <c>/</c> of a signer or a relay of its own: who may sign in is known where the users are, so the pages are there. Says
/// what this process is and what of it can be asked here.
/// </summary>
internal static class ElsewherePage
{
    public static IResult Show(IOptions<RoleOptions> roles, IOptions<PttOptions> options, ITexts texts)
    {
        string[] here = [.. Enum.GetValues<Role>().Where(roles.Value.Plays).Select(r => texts[r.ToString()])];
        string[] lines =
        [
            texts["This is Ptt at {0}: {1}.", options.Value.Hostname, string.Join(", ", here)],
            texts["The pages are where people sign in: at the submission server. Ask its administrator for the address."],
            "",
            texts["Here answer, to API tokens and to probes:"],
            "  /api        " + texts["what the API can do"],
            "  /api/v1     " + texts["the API"],
            "  /healthz    " + texts["alive"],
            "  /readyz     " + texts["able to take mail, and what is missing"],
            "  /metrics    " + texts["numbers for Prometheus"],
            "",
        ];
        return TypedResults.Text(string.Join('\n', lines));
    }
}
