using System.Security.Claims;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Changes;

/// <summary>Nobody gives a role that can do more than they can, nor touches someone who has one: setting an administrator's password is being the administrator.</summary>
internal static class RoleGuard
{
    public static void Check(ClaimsPrincipal caller, User? before, User? after, string pointer, List<Fault> faults)
    {
        if (before is not null && before.Roles.FirstOrDefault(r => !MayGive(caller, r)) is { } held)
        {
            faults.Add(new(pointer, $"has the role {held}, which can do more than you"));
            return;
        }

        foreach ((int i, string role) in (after?.Roles ?? []).Index())
        {
            if (!MayGive(caller, role))
            {
                faults.Add(new($"{pointer}/roles/{i}", $"{role} can do more than you"));
            }
        }
    }

    // Who is bound to a domain gives no role that reaches beyond it.
    private static bool MayGive(ClaimsPrincipal caller, string role) =>
        PersonRoles.ScopesOf([role]).All(caller.Has)
        && (caller.BoundTo() is null || role is PersonRoles.DomainAdmin or PersonRoles.Sender);
}
