using Ptt.Web.Configuration;

namespace Ptt.Web.Listeners;

/// <summary>Ready once every port is open, and no longer when the server is stopping.</summary>
internal sealed class ListenersReady(SmtpListeners listeners) : IDependency
{
    public string Name => "listeners";

    public ValueTask<DependencyState> ProbeAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(listeners.IsStarted ? DependencyState.Ready : DependencyState.Not("The SMTP ports are not open (yet, or any more)."));
}
