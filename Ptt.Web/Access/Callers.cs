using System.Security.Claims;
using Ptt.Dns;

namespace Ptt.Web.Access;

/// <summary>What a signed-in person or a token may touch, and what it is called in the audit log.</summary>
public static class Callers
{
    /// <summary>False for a domain outside of those that the caller is bound to.</summary>
    public static bool MayActOn(this ClaimsPrincipal caller, DomainName domain) =>
        caller.BoundTo() is not { } domains || domains.Contains(domain);

    /// <summary>The only domains that the caller may touch; null: all.</summary>
    public static IReadOnlyList<DomainName>? BoundTo(this ClaimsPrincipal caller)
    {
        DomainName[] domains = [.. caller.FindAll(AccessSchemes.DomainClaim).Select(c => DomainName.Parse(c.Value))];
        return domains.Length > 0 ? domains : null;
    }

    /// <summary>Who did it, for the audit log and for the author of a commit.</summary>
    public static string ActorName(this ClaimsPrincipal caller) => caller.Identity?.Name ?? "unknown";

    public static bool Has(this ClaimsPrincipal caller, string scope) => caller.HasClaim(AccessSchemes.ScopeClaim, scope)
        || (scope == Scopes.QueueRetry && caller.HasClaim(AccessSchemes.ScopeClaim, Scopes.QueueWrite));

    /// <summary>Lets callers in who are bound to domains; the endpoint asks <see cref="MayActOn"/>.</summary>
    public static T AllowDomainBound<T>(this T endpoint) where T : IEndpointConventionBuilder => endpoint.WithMetadata(new MindsDomains());
}
