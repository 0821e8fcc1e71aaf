using Ptt.Web.Configuration;

namespace Ptt.Web.Monitoring;

/// <summary>Whether mail can be accepted now, and by each dependency why not.</summary>
internal sealed class Readiness(IEnumerable<IDependency> dependencies, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<IReadOnlyList<(string Name, DependencyState State)>> ProbeAsync(CancellationToken cancellationToken) =>
        [("process", Process()), .. await Task.WhenAll(dependencies.Select(d => ProbeAsync(d, cancellationToken)))];

    // Readiness goes before anything else does: a balancer should stop sending before the listeners close.
    private DependencyState Process() => lifetime.ApplicationStopping.IsCancellationRequested ? DependencyState.Not("stopping")
        : lifetime.ApplicationStarted.IsCancellationRequested ? DependencyState.Ready : DependencyState.Not("starting");

    private async Task<(string, DependencyState)> ProbeAsync(IDependency dependency, CancellationToken cancellationToken)
    {
        try
        {
            return (dependency.Name, await dependency.ProbeAsync(cancellationToken).AsTask().WaitAsync(Patience, time, cancellationToken));
        }
        catch (TimeoutException)
        {
            return (dependency.Name, DependencyState.Not($"does not answer within {Patience.TotalSeconds:0} s"));
        }
    }
}
