using Microsoft.AspNetCore.Authorization;

namespace Ptt.Web.Access;

/// <summary>
/// The caller has the scope; and a caller who is bound to domains gets only to endpoints that look after that themselves
/// (<see cref="Callers.AllowDomainBound{T}"/>).
/// </summary>
internal sealed record ScopeRequirement(string Scope) : IAuthorizationRequirement;

internal sealed class ScopeHandler : AuthorizationHandler<ScopeRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, ScopeRequirement requirement)
    {
        bool bound = context.User.HasClaim(c => c.Type == AccessSchemes.DomainClaim);
        bool minded = context.Resource is HttpContext http && http.GetEndpoint()?.Metadata.GetMetadata<MindsDomains>() is not null;
        if (context.User.Has(requirement.Scope) && (!bound || minded || context.Resource is not HttpContext))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}

/// <summary>Marks an endpoint or a page that asks <see cref="Callers.MayActOn"/> for every domain that it touches.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class MindsDomains : Attribute;
