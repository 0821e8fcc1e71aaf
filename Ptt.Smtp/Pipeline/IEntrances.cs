namespace Ptt.Smtp.Pipeline;

/// <summary>Where a listener brings its mail: the first hop of each role that this process plays. <c>Ptt.Web/Roles</c> builds the chain.</summary>
public interface IEntrances
{
    /// <summary>Throws for a role that this process does not play: configuration has been checked before any mail comes.</summary>
    INextHop For(Role role);
}
