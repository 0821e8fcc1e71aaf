using System.Security.Claims;
using Ptt.Web.Access;

namespace Ptt.Web.Shell;

/// <summary>A page that the navigation offers to whoever may see it.</summary>
public sealed record OwnPage(string Group, string Name, string Href, string Icon, string Scope);

/// <summary>The pages in the order of the navigation.</summary>
internal sealed class OwnPages(Sessions.SandboxLink sandbox)
{
    private readonly OwnPage[] _all =
    [
        new("", "Overview", "/", "overview", ""),
    ];

    public IEnumerable<OwnPage> For(ClaimsPrincipal user) => _all
        .Where(p => p.Scope.Length == 0 || user.HasClaim(AccessSchemes.ScopeClaim, p.Scope))
        .Where(p => p.Group != "Sandbox" || sandbox.Enabled);
}
