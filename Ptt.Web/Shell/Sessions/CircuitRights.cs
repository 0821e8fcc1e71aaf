using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;

namespace Ptt.Web.Shell.Sessions;

/// <summary>A circuit whose connection was cut (<see cref="LiveConnections"/>) is not taken up again with rights that are gone.</summary>
internal sealed class CircuitRights(AuthenticationStateProvider caller, SessionCookie cookie) : CircuitHandler
{
    public override async Task OnConnectionUpAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        if (!cookie.IsAsBefore((await caller.GetAuthenticationStateAsync()).User))
        {
            throw new UnauthorizedAccessException("The session has ended or may do something else than when the page was opened.");
        }
    }
}
