using Ptt.Web.Configuration;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Web.Queue;

/// <summary>Whether new mail can be taken in, for <c>/readyz</c>.</summary>
internal sealed class SpoolDependency(SqliteSpool spool) : IDependency
{
    public string Name => "spool";

    public ValueTask<DependencyState> ProbeAsync(CancellationToken cancellationToken) => ValueTask.FromResult(spool switch
    {
        { Room.IsLow: true } => DependencyState.Not("The disk is full: new mail is refused with 452, delivery goes on. Make room."),
        { IsStuck: true } => DependencyState.Not("The disk does not answer: new mail is refused with 451."),
        _ => DependencyState.Ready,
    });
}
